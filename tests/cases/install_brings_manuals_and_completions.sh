expect 0 cmake --install "$BUILD" --prefix "$work/prefix"
cd prefix/share
for file in man/man1/rockbuild.1 man/man1/rockbuild-registry-serve.1 bash-completion/completions/rockbuild \
    zsh/site-functions/_rockbuild fish/vendor_completions.d/rockbuild.fish; do
    [ -s "$file" ] || fail "there is no $file"
done
../bin/rockbuild completion bash | cmp - bash-completion/completions/rockbuild
../bin/rockbuild completion zsh | cmp - zsh/site-functions/_rockbuild
../bin/rockbuild completion fish | cmp - fish/vendor_completions.d/rockbuild.fish
../bin/rockbuild manual "$work/manuals"
diff -r "$work/manuals" man/man1
# Where zsh looks for functions, the file is one.
fpath_of_zsh() { zsh -fc 'fpath=($1 $fpath); autoload -Uz compinit; compinit -D -u; print $_comps[rockbuild]' _ "$PWD/zsh/site-functions"; }
[ "$(fpath_of_zsh)" = _rockbuild ] || fail "zsh doesn't find the function"
