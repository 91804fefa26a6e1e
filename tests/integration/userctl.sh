#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# userctl as people and scripts use it: step-up, streams that are closed or full, floods of input, and a person at a terminal.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user_with_code carol
as() { runuser -u "$1" -- "${@:2}"; }
cat >/etc/polkit-1/rules.d/10-carol.rules <<'JS'
polkit.addRule(function(action, subject) {
    if (subject.user == "carol") return polkit.Result.YES;
});
JS
make_user dora
within 5 as carol userctl --no-input update dora --shell /bin/sh
userctl suspend dora
printf 'version: 1\nset: team\nusers:\n  - {name: erin, local_groups: [sudo]}\n' >/root/team.yaml
refuses "a state file that hands out sudo asks for a code" 4 as carol userctl --no-input apply - </root/team.yaml
holds "looking at it does not" as carol bash -c 'userctl --no-input diff - || [ $? = 10 ]' </root/team.yaml
refuses "nor does an import get around it" 4 as carol userctl --no-input import - --group sudo <<<$'name\nfred'
fresh_code carol >/root/code
holds "with one the file on standard input is sent once more" \
    as carol userctl --no-input import - --group sudo --otp "$(cat /root/code)" <<<$'name\nfred'
holds "and a state file goes too, within the time" as carol userctl --no-input apply - </root/team.yaml
contains "both have what was asked for" sudo "$(userctl get fred -p local_groups)$(userctl get erin -p local_groups)"
userctl unlock carol -q
refuses "an act worth a code asks for one" 4 as carol userctl --no-input delete dora --yes
contains "and says how to give it" "--otp CODE" "$(as carol userctl --no-input delete dora --yes 2>&1 || true)"
refuses "a wrong code is refused" 4 as carol userctl --no-input delete dora --yes --otp "$(wrong_code carol)"
fresh_code carol >/root/code
holds "a right one on standard input is enough" as carol userctl --no-input delete dora --yes --otp - </root/code
refuses "dora is gone" 3 userctl get dora

make_user gil
(umask 077 && head -c 20 /dev/urandom | base32 >"$codes/gil" && cp "$codes/gil" /tmp/gil.key && chown gil /tmp/gil.key)
refuses "a wrong code turns a key of one's own not on" 4 as gil userctl mfa enable --totp-file /tmp/gil.key <<<000000
holds "a right one does" as gil userctl mfa enable --totp-file /tmp/gil.key <<<"$(fresh_code gil)"
contains "and it is on" totp "$(userctl get gil -p factors)"

refuses "a full disk behind standard output is a failure" 1 bash -c 'userctl list >/dev/full'
refuses "a closed standard output too" 1 bash -c 'userctl list >&-'
holds "closed standard input does not matter" bash -c 'userctl list <&-'
holds "a reader that leaves ends it without a word" bash -c '[ -z "$( (userctl help | head -1 >/dev/null) 2>&1)" ]'
refuses "ten megabytes of names are refused one by one, not held back" any timeout 60 bash -c \
    'head -c 10000000 /dev/zero | tr "\0" x | userctl suspend -'
refuses "ten megabytes are no patch" 6 bash -c 'head -c 10000000 /dev/zero | tr "\0" x | userctl update carol --from -'
refuses "a name with a line end is no name" 3 userctl get $'carol\nroot'
lacks "control characters do not reach the terminal" $'\033' "$(userctl get $'ca\033[31mrol' 2>&1 || true)"

python3 "$USERD_TOP/tests/integration/terminal.py" || fail "at a terminal"
