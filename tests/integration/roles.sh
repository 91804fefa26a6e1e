#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A helpdesk over the real bus, with polkit beside it: what its role grants, in its scope, and never for anybody with more
# rights; step-up with real codes; the last way in; and the sweep of every member by everybody.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

userctl group create crew >/dev/null
make_user_with_code alice --group crew --mfa required
make_user hanna
make_user bob
make_user chief --group crew --super-user
make_user wheel --group crew --group sudo
as() { runuser -u "$1" -- "${@:2}"; }
# the names and the error of a refusal, without its look
said() { "$@" 2>&1 >/dev/null || true; }

refuses "hanna has no role yet" 4 as hanna userctl --no-input password reset alice --generate
userctl role create helpdesk --description "First line" --grant user.read,password.reset,mfa.code --scope crew >/dev/null
userctl role grant helpdesk hanna >/dev/null
contains "hanna holds it" hanna "$(userctl role members helpdesk)"

password=$(as hanna userctl --no-input password reset alice --generate --json | sed -n 's/.*"password": *"\([^"]*\)".*/\1/p')
[ -n "$password" ] || fail "the helpdesk's reset showed no password"
pass "the helpdesk resets a password in its scope"
code=$(as hanna userctl --no-input mfa code alice --json | sed -n 's/.*"code": *"\([^"]*\)".*/\1/p')
[ -n "$code" ] || fail "the helpdesk's code was not shown"
contains "alice gets in with both" "successfully authenticated" "$(pam login alice "$password" "$code" -- authenticate || true)"
contains "the trail says who did it" hanna "$(userctl log --json=lines | grep password | head -1)"

refuses "not outside of its scope" 4 as hanna userctl --no-input password reset bob --generate
contains "and says why" "outside of the scope" "$(said as hanna userctl --no-input password reset bob --generate)"
for more in chief wheel; do
    refuses "not for $more, who has more rights" 4 as hanna userctl --no-input password reset $more --generate
    refuses "nor a code for $more" 4 as hanna userctl --no-input mfa code $more
    contains "and says why" "more rights than you" "$(said as hanna userctl --no-input mfa code $more)"
done
refuses "not a reset of codes, which it does not grant" 4 as hanna userctl --no-input mfa reset alice --yes
refuses "not a role for herself" 4 as hanna userctl --no-input role grant admin hanna
refuses "not the group sudo" 4 as hanna userctl --no-input group add sudo hanna
refuses "not more grants for the role" 4 as hanna userctl --no-input role update helpdesk --grant +mfa.reset
refuses "nothing when she drops to less" 4 as hanna userctl --no-input --as user mfa code alice
refuses "nor to what she is not" 4 as hanna userctl --no-input --as admin mfa code alice
refuses "root who drops to it may no more" 4 userctl --as helpdesk suspend alice
holds "but as much" userctl --as helpdesk mfa code alice

holds "an admin by role does what root does" as chief userctl --no-input suspend bob
refuses "but what is root's alone" 4 as chief userctl --no-input config reload

userctl suspend hanna >/dev/null
refuses "a suspended helpdesk has no grants" 4 as hanna userctl --no-input mfa code alice
userctl resume hanna >/dev/null
userctl role revoke helpdesk hanna >/dev/null
refuses "nor has one whose role was taken" 4 as hanna userctl --no-input mfa code alice
userctl role grant helpdesk hanna >/dev/null

userctl update wheel --group -sudo >/dev/null
# Root that has a way in of its own needs no other admin; without one, the last admin stays.
holds "root with a key may suspend the last admin" userctl suspend chief --dry-run
mv /root/.ssh/authorized_keys /root/.ssh/authorized_keys.away
refuses "the last admin is not suspended" any userctl suspend chief
contains "and the refusal says so" "no admin could log in" "$(said userctl suspend chief)"
refuses "nor loses the role" any userctl role revoke admin chief
refuses "nor expires" any userctl update chief --expires 2020-01-01
holds "unless it is meant" userctl suspend chief --allow-lockout --dry-run
mv /root/.ssh/authorized_keys.away /root/.ssh/authorized_keys

userctl resume bob >/dev/null
python3 "$USERD_TOP/tests/integration/sweep.py" "$USERD_TOP" || fail "the sweep differs from docs/reference/rights.md"
pass "every member by everybody is as docs/reference/rights.md says"
