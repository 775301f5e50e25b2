#!/bin/bash
# run.sh CASE: an empty folder, a clean environment, helpers; then the case.
set -eu
case=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/rockbuild-case-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
export ROCKBUILD_CACHE=$work/store XDG_CONFIG_HOME=$work/config XDG_RUNTIME_DIR=$work/runtime
export ROCKBUILD_PEBBLE=$PEBBLE
export DOCKER_CONFIG=$work/docker HOME=$work
unset CHARMCRAFT_AUTH REGISTRY_AUTH_FILE CI NO_COLOR FORCE_COLOR ROCKBUILD_PROGRESS SOURCE_DATE_EPOCH

fail() { echo "case failed: $*" >&2; exit 1; }
# expect CODE COMMAND…: standard output in `out`, standard error in `err`.
expect() {
    local wanted=$1 code=0
    shift
    "$@" >out 2>err || code=$?
    [ "$code" = "$wanted" ] || { cat out err >&2; fail "'$*' ended with $code, not $wanted"; }
}
has() { grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "$1 lacks '$2'"; }; }
lacks() { ! grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "$1 has '$2'"; }; }
# project [DIR]: a rock of files.
project() {
    mkdir -p "${1:-.}/site"
    echo hello >"${1:-.}/site/index.html"
    cat >"${1:-.}/rockcraft.yaml" <<YAML
name: hello
base: bare
build-base: debian@12
version: "1.0"
summary: Says hello
description: Files and Pebble.
platforms:
  $(dpkg --print-architecture):
services:
  web:
    override: replace
    command: /bin/web
    startup: enabled
parts:
  site:
    plugin: dump
    source: site
    organize:
      "*": srv/www/
YAML
}
# registry [OPTION…]: the embedded registry on a free port, its address in $registry; ends with the case.
registry() {
    : >"$work/registry.out"
    "$ROCKBUILD" registry serve --listen 127.0.0.1:0 --data "$work/registry" "$@" >"$work/registry.out" 2>"$work/registry.log" &
    server=$!
    trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
    for _ in $(seq 200); do
        registry=$(sed -n 's#^listening on https\?://##p' "$work/registry.out")
        [ -z "$registry" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    fail "the registry doesn't start: $(cat "$work/registry.log")"
}
digest() { "$ROCKBUILD" pack "$@" --format json 2>/dev/null | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["digest"])'; }
. "$case"
