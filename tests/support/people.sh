# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Users of a private host for tests, and their ways in. Passwords and seeds lie in files, never on a command line. Sourced.

. "$USERD_TOP/tests/support/codes.sh"
people=/root/people
mkdir -p -m 700 "$people"

# make_user NAME [OPTION…]: a user of ours with a generated password, kept in $people/NAME.
make_user() {
    local name=$1
    shift
    userctl create "$name" --generate --keep --json "$@" | sed -n 's/.*"password": *"\([^"]*\)".*/\1/p' >"$people/$name"
    [ -s "$people/$name" ] || fail "create $name showed no password"
}

# make_user_with_code NAME [OPTION…]: the same, with one-time codes from the start.
make_user_with_code() {
    local name=$1
    shift
    (umask 077 && head -c 20 /dev/urandom | base32 >"$codes/$name")
    make_user "$name" --totp-file "$codes/$name" "$@"
}

password_of() { cat "$people/$1"; }

# pam SERVICE USER ANSWER… -- OPERATION…: through PAM directly; the answers are typed one a prompt.
pam() {
    local service=$1 user=$2 answers=()
    shift 2
    while [ "$1" != -- ]; do answers+=("$1"); shift; done
    shift
    printf '%s\n' "${answers[@]}" | pamtester "$service" "$user" "$@" 2>&1
}

# ssh_as USER PASSWORD CODE [OPTION…]: over ssh, the answers given by an askpass program.
ssh_as() {
    local user=$1 answers status=0
    answers=$(mktemp)
    printf '%s\n%s\n' "$2" "$3" >"$answers"
    shift 3
    ANSWERS=$answers SSH_ASKPASS=$support/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        ssh "$@" -o PreferredAuthentications=keyboard-interactive -l "$user" localhost true </dev/null || status=$?
    rm -f "$answers"
    return $status
}

# reloading_sshd COMMAND…: and until sshd, which takes a moment to hear of it, listens anew.
reloading_sshd() {
    local before
    before=$(sshd_starts)
    "$@"
    within 10 sshd_started_since "$before"
}
sshd_starts() { journalctl -q -t sshd | grep -c 'Server listening' || true; }
sshd_started_since() { [ "$(sshd_starts)" -gt "$1" ]; }

# sudo_as USER PASSWORD CODE
sudo_as() { printf '%s\n%s\n' "$2" "$3" | runuser -u "$1" -- sudo -S -k true; }

# denied NAME [REASON]: how many tries the trail tells of, in rows and in sums.
denied() {
    userctl log "$1" --all --json=lines --columns action,reason,count,detail | python3 -c '
import json, sys
total = 0
for row in map(json.loads, sys.stdin):
    if row["action"] != "login.denied":
        continue
    reasons = row["detail"]["reasons"] if row["count"] else {row["reason"]: 1}
    total += sum(count for reason, count in reasons.items() if reason in sys.argv[1:] or not sys.argv[1:])
print(total)' "${@:2}"
}
