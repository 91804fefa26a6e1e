#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What explain foretells is what PAM does, for each kind of user; the session of the manual; access lines at real services.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

rules=/etc/userd/userd.yaml.d/50-login.yaml
mkdir -p "${rules%/*}"
configure() { cat >"$rules"; userctl config reload >/dev/null; }
as() { runuser -u "$1" -- "${@:2}"; }

reason_in() { grep -o '"reason":[^,}]*' | head -1 | sed 's/.*://; s/"//g; s/null//'; }
# foretold USER [OPTION…]: the reason that explain gives; empty: let in
foretold() { userctl explain "$@" --json=short | reason_in; }
# happened SERVICE USER [ANSWER…] -- OPERATION…: the reason that the trail has of the attempt; a row that is not new tells that
# the account phase let in
happened() {
    local before after
    before=$(userctl log "$2" --limit 1 --json=lines 2>/dev/null)
    pam "$@" >/dev/null || true
    after=$(userctl log "$2" --limit 1 --json=lines 2>/dev/null)
    [ "$before" = "$after" ] || reason_in <<<"$after"
}
# agree WHAT REASON SERVICE USER [ANSWER…] -- OPERATION…
agree() {
    equal "$1, foretold" "$2" "$(foretold "$4" --service "$3")"
    equal "$1, happened" "$2" "$(happened "${@:3}")"
}

make_user chief --super-user --mfa off
# about NAME: whom the cases are about from here on; after five refusals rows are summed, so nobody has more
about() {
    [ -e "$people/$1" ] || make_user "$1" --mfa off
    login=(login "$1" "$(password_of "$1")" '' -- authenticate acct_mgmt)
    cron=(cron "$1" -- acct_mgmt)
}

about bob

agree "an account like any" "" "${login[@]}"
agree "by cron" "" "${cron[@]}"
userctl suspend bob >/dev/null
agree suspended suspended "${login[@]}"
agree "suspended, by cron" suspended "${cron[@]}"
userctl resume bob >/dev/null
userctl update bob --expires 2020-01-01 >/dev/null
agree expired expired "${login[@]}"
agree "expired, by cron" expired "${cron[@]}"
userctl update bob --expires never --not-before 2099-01-01 >/dev/null
agree "not yet" not-yet "${login[@]}"
userctl update bob --not-before never >/dev/null
about ben
userctl update ben --mfa required >/dev/null
userctl update ben --enrol-until never >/dev/null
agree "a code that nobody set up" mfa-missing "${login[@]}"
agree "no code is asked by cron" "" "${cron[@]}"
userctl update ben --mfa off >/dev/null
userctl create keyed --mfa off --no-password --ssh-key-file /root/.ssh/id_ed25519.pub >/dev/null
agree "no password" no-password login keyed x '' -- authenticate acct_mgmt
userctl create waits --no-password --pending >/dev/null
agree pending pending login waits x '' -- authenticate acct_mgmt
userctl create drop --kind service --no-password >/dev/null
agree "keys only" no-password login drop x '' -- authenticate acct_mgmt
about dan
for _ in 1 2 3 4 5; do { pam login dan wrong '' -- authenticate >/dev/null || true; } & done
wait
agree "locked out" locked-out "${login[@]}"
userctl unlock dan >/dev/null
make_user fresh --mfa off
userctl update fresh --must-change >/dev/null
agree "must change" must-change login fresh "$(password_of fresh)" '' -- authenticate acct_mgmt

# Who may log in at all: real services, passwords and keys.
about bea
userctl ssh-key add bea --file /root/.ssh/id_ed25519.pub >/dev/null
by_key() { ssh -o BatchMode=yes "$1@localhost" true; }
holds "a key logs in" by_key bea
userctl group create ssh-users >/dev/null
configure <<'YAML'
login:
  access:
    - {service: sshd, allow: {roles: [admin]}}
    - {service: sshd, allow: {groups: [ssh-users]}}
    - {service: cron, allow: {groups: [ssh-users]}}
YAML
agree "not by ssh" not-allowed sshd bea "$(password_of bea)" '' -- authenticate acct_mgmt
refuses "nor by a key" any by_key bea
agree "not by cron, which a line names" not-allowed "${cron[@]}"
agree "the console is not in the list" "" "${login[@]}"
userctl group add ssh-users bea >/dev/null
holds "a member's key logs in" by_key bea
agree "a member" "" "${cron[@]}"
configure <<'YAML'
login:
  access: [{allow: {roles: [admin]}}, {hours: "00:00-00:01,00:01-00:02"}]
YAML
agree "a line for all services leaves cron alone" "" "${cron[@]}"
holds "and root's su" su bea -c true
equal "in its hours" "" "$(foretold bea --service login --at "$(date -d '2026-11-21 00:01' -u +%Y-%m-%dT%H:%M:%SZ)")"
equal "and after them" outside-hours "$(foretold bea --service login --at "$(date -d '2026-11-21 00:02' -u +%Y-%m-%dT%H:%M:%SZ)")"
other_days=$(LC_ALL=C date +%a | sed 's/Mon/We-Fr/; s/Tue/Th-Sa/; s/Wed/Fr-Su/; s/Thu/Sa-Mo/; s/Fri/Su-Tu/; s/Sat/Mo-We/; s/Sun/Tu-Th/')
configure <<YAML
login: {access: [{allow: {roles: [admin]}}, {hours: "$other_days"}]}
YAML
agree "on other days" outside-hours "${login[@]}"
refuses "by key neither" any by_key bea
agree "the admin" "" login chief "$(password_of chief)" '' -- authenticate acct_mgmt

# A configuration that lets no admin in is refused where root has no way in either, and the one in force stays.
mv /root/.ssh/authorized_keys /root/.ssh/away
usermod -p '*' root
echo 'login: {access: [{allow: {users: [bea]}}]}' >"$rules"
refuses "no admin could log in" 5 userctl config reload
agree "the old lines stay" outside-hours "${login[@]}"
holds "unless that is said" userctl config reload --allow-lockout
agree "then" not-allowed login chief "$(password_of chief)" '' -- authenticate acct_mgmt
echo 'login: {access: []}' >"$rules"
refuses "an empty list is an error" 6 userctl config reload

# The session of the manual, to the letter.
make_user_with_code alice --group ssh-users
rm "$rules"
# at LINE TEXT: puts the text there, behind comments
at() { while [ "$(wc -l </etc/userd/userd.yaml)" -lt $(($1 - 1)) ]; do echo '#'; done >>/etc/userd/userd.yaml; echo "$2" >>/etc/userd/userd.yaml; }
printf 'version: 1\nlocal_groups: [sudo]\n' >/etc/userd/userd.yaml
at 28 'login:'
at 29 '  rules:'
at 30 '    - {service: sudo, require: [password, totp]}'
at 31 '    - {service: sshd, require: [password, totp]}'
at 32 '    - {require: [password]}'
at 37 '  access:'
at 38 '    - {service: sshd, allow: {groups: [ssh-users]}, hours: "Mo-Fr 07:00-20:00"}'
userctl config reload --allow-lockout >/dev/null
equal "the session of the manual" "alice would be refused: outside-hours
  ✓ account active, not expired
  ✓ rule login.rules[1] (sshd): password, totp        /etc/userd/userd.yaml:31
  ✓ totp enrolled; 0 wrong tries of 5
  ✗ rule login.access[0] allows ssh-users only Mo-Fr 07:00-20:00 (now Sat 22:10)   /etc/userd/userd.yaml:38" \
    "$(userctl explain alice --service sshd --from 203.0.113.9 --at "$(date -d '2026-11-21 22:10' -u +%Y-%m-%dT%H:%M:%SZ)")"

# The last refused attempt, by whoever may ask.
pam login alice wrong '' -- authenticate >/dev/null || true
said=$(as alice userctl explain)
contains "oneself" "Last refused: alice at login from here" "$said"
contains "and why" "bad-password" "$said"
contains "and what it would come to now" "alice would be let in: password, totp" "$said"
refuses "not others" 4 as alice userctl explain bea
refuses "nor all" 4 as alice userctl explain --all
contains "an admin others" "bea would be" "$(as chief userctl explain bea --service login)"
contains "root the last of all" "Last refused: alice" "$(userctl explain)"
contains "everybody in a line" chief "$(userctl explain --all --service login)"
contains "the review, for a file" 'alice,active,totp,ssh-users' "$(userctl report access --service login --format csv)"
refuses "who is nobody" 3 userctl explain no-such-name
