# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the commands of a page of documentation as they stand there, in their order. Sourced, after assert.sh; people.sh for logins.

# open_page FILE [PATTERN]: its commands: in blocks they begin with # or $; PATTERN (Perl's) finds those in sentences.
open_page() {
    page=$1
    mapfile -t commands < <(grep -noP "^    [#\$] \\K.*${2:+|$2}" "$page")
    next=0
}
# open_howto NAME: a page of docs/howto; userctl's commands in its sentences are run too.
open_howto() { open_page "$USERD_TOP/docs/howto/$1.md" '`\Kuserctl [a-z-][^`]*(?=`)'; }
# line COMMAND: the next command of the page is this one.
line() {
    local command=${commands[next]:-}
    equal "the page goes on with" "$1" "${command#*:}"
    at=${command%%:*}
    next=$((next + 1))
}
# run COMMAND [AS]: it is, does what it should, and says what the page shows; the output is in $said. An AS is run in its place,
# for what only this run knows.
run() {
    line "$1"
    said=$(eval "${2:-$1}" 2>&1) || fail "$1 ended with $?: $said"
    shown "$said"
}
# fails_with STATUS COMMAND [AS]: the same, for one that is refused.
fails_with() {
    local status=0
    line "$2"
    said=$(eval "${3:-$2}" 2>&1) || status=$?
    equal "$2 ends with" "$1" "$status"
    shown "$said"
}
# shown OUTPUT: each line that the page shows below the command stands in it, but for what differs from run to run. A line that is
# … stands for whatever else there is.
shown() {
    local wanted output
    output=$(alike <<<"$1")
    while read -r wanted; do
        [ "$wanted" = "…" ] || grep -qxF -- "$wanted" <<<"$output" ||
            fail "$page:$at shows \"$wanted\", and what came is: $output"
    done < <(awk -v at="$at" 'NR > at { if (!/^    / || /^    [#$] /) exit; print }' "$page" | alike)
}
# Times, numbers, hosts, passwords, codes and references that only one run has; and how wide a column is.
alike() {
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:]{5,8}Z?)?/TIME/g; s/(here|127\.0\.0\.1|::1|203\.0\.113\.9)\b/HOST/g; s/@localhost/@host/g
        s/\b7[0-9]{4}\b/UID/g; s/\b[a-z]{3,8}(-[a-z]{3,8}){3}\b/PASSWORD/g; s/\b[A-Z2-7]{4}(-[A-Z2-7]{4})+\b/CODE/g
        s/\b([A-Z2-7]{4} ){7}[A-Z2-7]{4}\b/KEY/g; s/\[[0-9A-Z]{6}\]|(reference )[0-9A-Z]{6}\b/\1REF/g; s/[0-9a-f]{64}/HASH/g
        s/[0-9]+ rows, 1 to [0-9]+/ROWS/; s/^ *head [0-9]+ .*/HEAD/
        s/\r//g; s/[[:space:]]+/ /g; s/^ //; s/ $//'
}
# log_in NAME ANSWER…: the page's ssh of that user, on a terminal, with a person who gives these answers.
log_in() {
    line "ssh $1@host"
    said=$(printf '%s\n' "${@:2}" | "$support/answer" ssh "$1@localhost" true) || fail "$1 was refused: $said"
    shown "$said"
}
# enrol_in NAME PASSWORD: the same, in a login that sets up the codes, which fresh_code knows from then on.
enrol_in() {
    line "ssh $1@host"
    said=$("$support/enrol" "$codes/$1" ssh "$1@localhost" true <<<"$2") || fail "$1 cannot enrol: $said"
    step_now >"$codes/$1.step"
    shown "$said"
}
close_page() { equal "that was all" "${#commands[@]}" "$next"; }
# block LANGUAGE: the page's blocks of that language.
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$page" | sed '/^```/d'; }

# What systemd would do for userd: the unit's own line, as the unit's user; and its credentials.
systemctl() {
    case $* in
    "reload userd")
        local command read_again='journalctl -q -t userd | grep -c "was read again"' before
        command=$(sed -n 's/^ExecReload=//p' /usr/lib/systemd/system/userd.service)
        before=$(eval "$read_again" || true)
        MAINPID=$("$support/service" pid) runuser -u userd -- sh -ec "$command"
        within 5 eval "[ \"\$($read_again)\" -gt $before ]"
        ;;
    "restart userd")
        local name folder=/run/credentials/userd.service
        mkdir -p "$folder"
        for name in $(sed -n 's/^LoadCredential=//p' /usr/lib/systemd/system/userd.service); do
            [ ! -e "/etc/credstore/$name" ] || install -o userd -m 400 "/etc/credstore/$name" "$folder"
        done
        "$support/service" restart CREDENTIALS_DIRECTORY=$folder
        ;;
    "start userd" | "stop userd") "$support/service" "$1" ;;
    *) fail "nothing stands in for systemctl $*" ;;
    esac
}
