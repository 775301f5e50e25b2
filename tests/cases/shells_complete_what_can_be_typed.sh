. "$(dirname "$case")/shells.bash"
mkdir -p folder/inner
touch web.rock web.yaml
for shell in bash zsh fish; do
    # offered LINE WORD… [without WORD…]
    offered() {
        local line=$1 check=has word
        shift
        offers "$shell" "$line"
        for word; do
            case $word in without) check=lacks ;; *) $check out "$word" ;; esac
        done
    }
    offered "rockbuild pa" pack without plan
    offered "rockbuild -q --color=never c" check copy completion without pack
    offered "rockbuild re" registry resources without serve
    offered "rockbuild registry " serve gc verify without pack
    offered "rockbuild help registry " serve gc verify without pack
    offered "rockbuild help pul" pull-image
    offered "rockbuild pack --" --output --platform --progress without --htpasswd
    offered "rockbuild registry serve --h" --htpasswd --help without --output
    offered "rockbuild pack --format " text json without pack
    offered "rockbuild pack --format=j" json without text
    offered "rockbuild --progress=pl" plain without tty
    offered "rockbuild pack -qv --verbosity " debug without json
    offered "rockbuild ci git" github gitlab
    offered "rockbuild completion f" fish without bash
    offered "rockbuild logout " charmhub
    offered "rockbuild explain RB031" RB0310 without RB0300
    offered "rockbuild inspect we" web.rock
    offered "rockbuild inspect --ca x we" web.rock
    # The command line of somebody else.
    offered "rockbuild exec web ls --" without --quiet
    offered "rockbuild run web.rock -- --" without --quiet
    offered "rockbuild run web.rock ls --" without --quiet
done
# What each shell finds by itself.
for shell in zsh fish; do
    offered "rockbuild check we" web.yaml
    offered "rockbuild check --file=we" web.yaml
    offered "rockbuild pack --output " folder without web.yaml
    offered "rockbuild pack --output=folder/" inner
done
