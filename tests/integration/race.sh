#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One code, fifty tries at once over ssh, sudo and PAM: exactly one gets in; twenty rounds, the daemon's wall clock moved
# between them; and a kill right after a success does not give the code back.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/clock.sh"

rounds=20
! sanitized || rounds=3
own_clock
make_user_with_code alice --mfa required --group sudo
password=$(password_of alice)

# try NUMBER CODE: over one of the three ways; a winner leaves a file.
try() {
    case $(($1 % 5)) in
    0) ssh_as alice "$password" "$2" ;;
    1) sudo_as alice "$password" "$2" ;;
    *) pam login alice "$password" "$2" -- authenticate ;;
    esac >/dev/null 2>&1 && touch "/tmp/won/$1"
}

for round in $(seq "$rounds"); do
    move_clock $((round * 90))
    code=$(code_at alice "$(daemon_step)")
    rm -rf /tmp/won
    mkdir /tmp/won
    for number in $(seq 50); do try "$number" "$code" & done
    wait $(jobs -p) || true
    equal "round $round: winners" 1 "$(ls /tmp/won | wc -l)"
done
equal "each of the others gave a code that was used" $((rounds * 49)) "$(denied alice code-reused)"
equal "and nothing else was wrong with any" $((rounds * 49)) "$(denied alice)"

move_clock $(((rounds + 1) * 90))
code=$(code_at alice "$(daemon_step)")
contains "a fresh code gets in" "successfully authenticated" "$(pam login alice "$password" "$code" -- authenticate)"
killed=$("$support/service" pid)
kill -9 "$killed"
"$support/service" wait "$killed"
contains "kill -9 right after: the code stays used" "Authentication failure" "$(pam login alice "$password" "$code" -- authenticate || true)"
