# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the commands of a page of documentation as they stand there, in their order. Sourced, after assert.sh.

# open_page FILE [PATTERN]: its commands: in blocks they begin with # or $; PATTERN (Perl's) finds those in sentences.
open_page() {
    page=$1
    mapfile -t commands < <(grep -oP "^    [#\$] \\K.*${2:+|$2}" "$page")
    next=0
}
# line COMMAND: the next command of the page is this one.
line() {
    equal "the page goes on with" "$1" "${commands[next]:-}"
    next=$((next + 1))
}
# run COMMAND [AS]: it is, and does what it should; the output is in $said. An AS is run in its place, for what only this run
# knows.
run() {
    line "$1"
    said=$(eval "${2:-$1}" 2>&1) || fail "$1 ended with $?: $said"
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
    *) fail "nothing stands in for systemctl $*" ;;
    esac
}
