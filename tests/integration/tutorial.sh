#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tutorial, line by line: every command of docs/tutorial.md is run as it stands there, in its order. What is played is the
# person at the keyboard.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/page.sh"
open_page "$USERD_TOP/docs/tutorial.md" '`\Kuserctl [a-z -]*alice[a-z -]*(?=`)'
journal() { journalctl -q --no-pager "$@"; }
as_alice() { run "$1" "su - alice -c '$1'"; }

run "userctl status"
contains "status counts" "user_count" "$said"

run "userctl create alice --first-name Alice --email alice@example.org --group sudo --mfa required --generate --keep"
[[ $said =~ Password:\ ([^ ]+) ]] || fail "no password in: $said"
password=${BASH_REMATCH[1]}
run "getent passwd alice"
run "id alice"
contains "she is in sudo" "27(sudo)" "$said"

enrol_in alice "$password"
mapfile -t recovery < <(grep -oE '^  [A-Z2-7]{4}(-[A-Z2-7]{4})+' <<<"$said" | tr -d ' ')
equal "eight recovery codes" 8 "${#recovery[@]}"
log_in alice "$password" "$(fresh_code alice)"

su - alice -c "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519" 2>/root/keygen || fail "$(cat /root/keygen)"
as_alice "userctl ssh-key add --file ~/.ssh/id_ed25519.pub"

block yaml >>/etc/userd/userd.yaml
run "userctl validate && systemctl reload userd"
contains "the rules are in force" "sshd: require" "$(userctl config show)"
holds "the password and a code still do" ssh_as alice "$password" "${recovery[0]}"  # no wait for the next code of the app

said=$(ssh_as alice "not-$password" "$(wrong_code alice)" 2>&1) && fail "a wrong password got in"
[[ $said =~ reference\ ([0-9A-Z]+) ]] || fail "no reference in: $said"
reference=${BASH_REMATCH[1]}
run "userctl explain alice"
run "journalctl -u userd USERD_ATTEMPT=7F3KQ2" "journal -t userd USERD_ATTEMPT=$reference"
contains "the journal has the reason" "bad-password" "$said"
fails_with 10 "userctl doctor alice"
equal "nothing else is wrong" 1 "$(grep -c '^✗' <<<"$said")"

run "userctl unlock alice"
run "userctl mfa code alice"
run "userctl mfa reset alice" "userctl mfa reset alice --yes"
run "userctl password reset alice --generate"

run 'userctl suspend alice --reason "left the company"'
run "userctl resources alice --summary"
run "userctl delete alice --home archive" "userctl delete alice --home archive --yes"
refuses "the name is held back" 5 userctl create alice --no-password
close_page
