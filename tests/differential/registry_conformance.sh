#!/bin/bash
# The OCI conformance program against `rockbuild registry serve`, three times, each with repositories of its own: as version
# 1.1 has it; with the digest headers and the cancelling of uploads that 1.1 leaves optional; and with the draft's and all
# other switches. Counted are the leaves of its report. Any failure fails; one that the program doesn't notice (nothing was
# tried) too.
#   registry_conformance.sh [HOST:PORT]     a registry that runs already, in place of ours
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$PWD/build/peers/conformance
[ -x "$program" ] || { echo "NOT TRIED: no build/peers/conformance here (scripts/peers builds it)" >&2; exit 77; }
[ $# -gt 0 ] || [ -n "${ROCKBUILD:-}" ] || { echo "NOT TRIED: ROCKBUILD names no program" >&2; exit 77; }
work=$(mktemp -d)
server=
ended() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap ended EXIT

if [ $# -gt 0 ]; then
    registry=$1
else
    "$ROCKBUILD" registry serve --listen 127.0.0.1:0 --data "$work/data" >"$work/serve" 2>"$work/serve.log" &
    server=$!
    for _ in {1..100}; do
        registry=$(sed -n 's|^listening on http://||p' "$work/serve")
        [ -z "$registry" ] || break
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    [ -n "$registry" ] || { cat "$work/serve.log" >&2; echo "the registry doesn't start" >&2; exit 1; }
fi

failed=0
run=0
# conformance NAME SETTING…
conformance() {
    local name=$1 report log passed failures skipped
    shift
    run=$((run + 1)) report=$work/$run log=$work/$run.log
    (cd "$work" && env OCI_REGISTRY="$registry" OCI_TLS=disabled OCI_REPO1="conformance/$$-$run-a" OCI_REPO2="conformance/$$-$run-b" \
        OCI_RESULTS_DIR="$report" OCI_LOG=warn "$@" "$program") >"$log" 2>&1 || true
    count() { (grep -o "<testcase [^>]* status=\"$1\"" "$report/junit.xml" 2>/dev/null || true) | wc -l; }
    passed=$(count passed) failures=$(($(count failure) + $(count error))) skipped=$(count skipped)
    echo "$name: $passed passed, $failures failed, $skipped skipped"
    if [ "$failures" -gt 0 ]; then
        sed -n 's/.*msg="failed test" name="OCI Conformance Test\//    /p' "$log" | cut -c 1-300
    elif [ "$passed" -eq 0 ]; then
        cat "$log"
    fi
    [ "$failures" -eq 0 ] && [ "$passed" -gt 0 ] || failed=1
}

stricter=(OCI_API_BLOBS_DIGEST_HEADER=true OCI_API_MANIFESTS_DIGEST_HEADER=true OCI_API_BLOBS_UPLOAD_CANCEL=true)
conformance "1.1" OCI_VERSION=1.1
conformance "1.1, stricter" OCI_VERSION=1.1 "${stricter[@]}"
conformance "dev, everything" OCI_VERSION=dev "${stricter[@]}" OCI_API_MANIFESTS_TAG_PARAM=true OCI_DATA_SPARSE=true
exit $failed
