# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One-time codes of the users of a private host. A seed lies in $codes/NAME and is never on a command line. Sourced.

codes=/root/codes
mkdir -p -m 700 "$codes"

# code_at NAME STEP
code_at() { oathtool --totp --base32 --now "@$(($2 * 30))" - <"$codes/$1"; }

step_now() { echo $(($(date +%s) / 30)); }

# fresh_code NAME: a code not given out before, from the daemon's window of one step around now; waits for one if need be.
fresh_code() {
    local used=$codes/$1.step now step
    now=$(date +%s)   # once: a step may end between two looks at the clock
    # Late in a step, the oldest code of the window may be too old when it arrives.
    step=$((now / 30 - (now % 30 <= 15)))
    [ ! -e "$used" ] || [ "$(cat "$used")" -lt "$step" ] || step=$(($(cat "$used") + 1))
    until [ "$(($(step_now) + 1))" -ge "$step" ]; do sleep 0.5; done
    echo "$step" >"$used"
    code_at "$1" "$step"
}

# last_code NAME: the code given out last.
last_code() { code_at "$1" "$(cat "$codes/$1.step")"; }

# wrong_code NAME: six digits that no step near now has.
wrong_code() {
    local now digits
    now=$(step_now)
    for digits in 000000 111111 222222 333333 444444 555555 666666; do
        case "$(code_at "$1" $((now - 1))) $(code_at "$1" "$now") $(code_at "$1" $((now + 1))) $(code_at "$1" $((now + 2)))" in
        *$digits*) ;;
        *) echo "$digits"; return ;;
        esac
    done
}
