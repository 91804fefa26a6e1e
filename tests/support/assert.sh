# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a test in the private host is written with. Sourced; the first thing that does not hold ends the test.
set -euo pipefail
trap 'echo "FAILED at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR
set -E

support=$USERD_TOP/tests/support

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    journalctl --no-pager -q -n 15 -o short-precise >&2
    exit 1
}
pass() { printf '  ok: %s\n' "$*"; }
skip() { printf 'skipped: %s\n' "$*"; exit 77; }

# holds WHAT COMMAND…: the command succeeds.
holds() {
    local what=$1 output
    shift
    output=$("$@" 2>&1) || fail "$what: $* ended with $?: $output"
    pass "$what"
}

# refuses WHAT STATUS COMMAND…: the command ends with that status ("any": with any but 0).
refuses() {
    local what=$1 wanted=$2 status=0 output
    shift 2
    output=$("$@" 2>&1) || status=$?
    case $wanted in
    any) [ "$status" != 0 ] || fail "$what: $* succeeded: $output" ;;
    *) [ "$status" = "$wanted" ] || fail "$what: $* ended with $status, not $wanted: $output" ;;
    esac
    pass "$what"
}

# equal WHAT WANTED GOT
equal() {
    [ "$2" = "$3" ] || fail "$1: wanted '$2', got '$3'"
    pass "$1"
}

# contains WHAT PART WHOLE
contains() {
    [[ $3 == *"$2"* ]] || fail "$1: no '$2' in: $3"
    pass "$1"
}

# lacks WHAT PART WHOLE
lacks() {
    [[ $3 != *"$2"* ]] || fail "$1: '$2' in: $3"
    pass "$1"
}

# within SECONDS COMMAND…: the command succeeds in that time.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt "$until" ] || fail "not within the time: $*"
        sleep 0.05
    done
}

# sanitized: the programs carry the sanitizers' runtime, whose memory and system calls are not theirs.
sanitized() { [[ $(ldd /usr/lib/userd/userd) == *libasan* ]]; }
