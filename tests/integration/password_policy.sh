#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What new passwords must be: over passwd, userctl and with a new account; policy and blocklist by a reload; what a person may ask.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

dropin=/etc/userd/userd.yaml.d/passwords.yaml
list=/etc/userd/refused-passwords
mkdir -p /etc/userd/userd.yaml.d
as() { runuser -u "$1" -- "${@:2}"; }
configure() { printf 'version: 1\npassword: {%s}\n' "$1" >"$dropin" && userctl config reload; }
# change OLD NEW: alice's own passwd, on a terminal.
change() { printf '%s\n' "$1" "$2" "$2" | "$support/answer" runuser -u alice -- passwd; }
# test_as USER PASSWORD [OPTION…]: asked on a terminal.
test_as() { printf '%s\n' "$2" | "$support/answer" runuser -u "$1" -- userctl password test "${@:3}"; }

make_user alice --display-name "Alice Liddell"
make_user bob
old=$(password_of alice)

contains "the policy shows" 'min_length           15' "$(as alice userctl password policy)"
refuses "another's policy is an admin's to see" 4 as bob userctl --no-input password policy alice
refuses "and another's name to test with" 4 as bob sh -c 'echo something-or-other | userctl --no-input password test alice --password-file -'
contains "a weak one is told by rule" "rule strength" "$(test_as alice 123456789012345 || true)"
contains "the own name too" "rule own-name" "$(test_as alice "my name is liddell" || true)"
refuses "with an exit code" 6 test_as alice passwordpassword
holds "a strong one passes" test_as alice "$old"
contains "JSON has each rule" '"rule":"length"' "$(printf %s "$old" | as alice userctl password test --password-file - --json=short | tr -d ' ')"

contains "passwd refuses a weak one by the same rule" "(policy nist, rule strength)" "$(change "$old" 123456789012345 || true)"
refuses "so does a reset" 6 sh -c 'echo aaaaaaaaaaaaaaaaaaaa | userctl password reset alice --password-file -'
refuses "and a new account" 6 sh -c 'echo aaaaaaaaaaaaaaaaaaaa | userctl create carol --password-file -'
refuses "which is not there then" 3 userctl get carol

printf 'Vivid-Otter-plum-lantern 7\n' >"$list"
chmod 666 "$list"
refuses "a list that anybody can write is refused" any configure "blocklist: $list"
holds "and the old configuration holds" test_as alice "vivid-otter-plum-lantern 7"
chmod 644 "$list"
holds "a list of root's is taken" configure "policy: cis, blocklist: $list"
contains "what is on it is refused whatever the case" "rule blocklist" "$(test_as alice "vivid-Otter-plum-lantern 7" || true)"
contains "cis asks for all classes" "rule classes" "$(test_as alice "amber-walrus-quilt-cobalt" || true)"

holds "alice takes one that cis likes" change "$old" "Amber-walrus-quilt-4"
holds "and another" change "Amber-walrus-quilt-4" "Cobalt-walrus-lamp-5"
contains "the first does not come back" "rule history" "$(change "Cobalt-walrus-lamp-5" "Amber-walrus-quilt-4" || true)"
holds "a test does not tell that it was one" test_as alice "Amber-walrus-quilt-4"
contains "the last one lets her in" "successfully authenticated" "$(pam login alice "Cobalt-walrus-lamp-5" '' -- authenticate)"

rm "$list"
userctl config reload >/dev/null 2>&1 && fail "a reload without the list was taken"
holds "the list that was read stays" test_as alice "Amber-walrus-quilt-6"
holds "without the list the daemon starts" "$support/service" restart
contains "says so" "blocklist" "$(userctl status 2>&1 || true)"
refuses "takes no password" any sh -c 'echo Amber-walrus-quilt-6 | userctl password reset bob --password-file -'
contains "and lets people in" "successfully authenticated" "$(pam login alice "Cobalt-walrus-lamp-5" '' -- authenticate)"
lacks "no password stands in the journal" "walrus" "$(journalctl --no-pager -q)"
