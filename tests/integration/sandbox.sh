#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the unit forbids, the daemon does not need: its system calls from start to stop, held against the unit.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
! sanitized || skip "the sanitizers' runtime makes calls of its own"

trace=/root/trace
supervisor=$(cat /run/service/supervisor)
strace -f -qq -s 64 -e signal=none -o "$trace" -p "$supervisor" &
within 10 test -s "$trace"
"$support/service" restart
make_user_with_code alice --mfa required --group sudo
pam login alice "$(password_of alice)" "$(fresh_code alice)" -- authenticate acct_mgmt open_session close_session >/dev/null
pam login alice wrong 000000 -- authenticate >/dev/null || true
userctl list --json >/dev/null
userctl suspend alice >/dev/null
userctl delete alice --home remove --yes >/dev/null
"$support/service" stop
holds "the unit lets all of it through" python3 "$USERD_TOP/tests/integration/sandbox.py" "$trace"
