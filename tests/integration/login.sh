#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The table of verdicts: who gets in with what, through PAM directly, sudo and real ssh.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/clock.sh"

make_user plain --mfa off
make_user_with_code coded --mfa required --group sudo
good=$(password_of plain)
strong=$(password_of coded)

yes="successfully authenticated" no="Authentication failure"
# verdict WHAT WANTED SERVICE USER ANSWER…
verdict() { contains "$1" "$2" "$(pam "$3" "$4" "${@:5}" -- authenticate || true)"; }

verdict "password alone, no code set up" "$yes" login plain "$good" ''
verdict "wrong password" "$no" login plain wrong ''
verdict "empty password" "$no" login plain '' ''
verdict "unknown name" "$no" login no-such-name "$good" ''
verdict "right password, wrong code" "$no" login coded "$strong" "$(wrong_code coded)"
verdict "right password, no code" "$no" login coded "$strong" ''
code=$(fresh_code coded)
verdict "wrong password, right code" "$no" login coded wrong "$code"
verdict "password and code" "$yes" login coded "$strong" "$code"
verdict "the same code again" "$no" login coded "$strong" "$code"
verdict "password and code in one string" "$yes" login coded "$strong$(fresh_code coded)" "$strong$(last_code coded)"
verdict "the same string again" "$no" login coded "$strong$(last_code coded)" "$strong$(last_code coded)"

# Prompts are the same for a known and an unknown name.
asked() { (pam login "$1" x y -- authenticate || true) | grep -o 'Password: \|Verification code: ' | paste -sd,; }
equal "an unknown name is asked what a known one is" "$(asked plain)" "$(asked no-such-name)"

# The states of an account: authenticate is equal, account refuses.
userctl unlock plain >/dev/null
userctl suspend plain >/dev/null
verdict "suspended" "$no" login plain "$good" ''
contains "suspended, by key or cron" "Permission denied" "$(pam sshd plain -- acct_mgmt || true)"
userctl resume plain >/dev/null
verdict "resumed" "$yes" login plain "$good" ''
userctl update plain --expires 2020-01-01 >/dev/null
contains "expired" "User account has expired" "$(pam login plain "$good" '' -- authenticate acct_mgmt || true)"
userctl update plain --expires never >/dev/null
userctl update plain --not-before 2099-01-01 >/dev/null
contains "not yet" "Permission denied" "$(pam login plain "$good" '' -- authenticate acct_mgmt || true)"
userctl update plain --not-before never >/dev/null
userctl update plain --must-change >/dev/null
contains "must change" "token is no longer valid" "$(pam login plain "$good" '' -- authenticate acct_mgmt || true)"

# Real ssh. A key alone is not enough where a code is wanted.
holds "ssh with password and code" ssh_as coded "$strong" "$(fresh_code coded)"
refuses "ssh with the same code again" any ssh_as coded "$strong" "$(last_code coded)"
refuses "ssh with a wrong password" any ssh_as coded wrong "$(fresh_code coded)"
holds "sshd's password method, one string" ssh_as coded "$strong$(last_code coded)" '' -o PreferredAuthentications=password
make_user keyed --mfa off
userctl ssh-key add keyed --file /root/.ssh/id_ed25519.pub >/dev/null
userctl ssh-key add coded --file /root/.ssh/id_ed25519.pub >/dev/null
holds "a key logs in" ssh -o BatchMode=yes keyed@localhost true
refuses "not where a code is wanted" any ssh -o BatchMode=yes coded@localhost true
userctl suspend keyed >/dev/null
refuses "not when suspended" any ssh -o BatchMode=yes keyed@localhost true
holds "sudo with password and code" sudo_as coded "$strong" "$(fresh_code coded)"
refuses "sudo with the same code again" any sudo_as coded "$strong" "$(last_code coded)"

# Who must have codes and has none sets them up in the login itself.
make_user newcomer --mfa required
first=$(password_of newcomer)
enrol_by_ssh() { printf '%s\n' "$1" | "$support/enrol" "$2" ssh -o PreferredAuthentications=keyboard-interactive -t -l "${3:-newcomer}" localhost true; }
refuses "a wrong password leads to no key" any enrol_by_ssh wrong /root/newcomer.none
refuses "and none is shown" any test -e /root/newcomer.none
seen=$(enrol_by_ssh "$first" /root/newcomer.seed) && in=yes || in=no
equal "a right one leads to a key, and its code gets in" yes "$in"
contains "with a QR code" "█" "$seen"
contains "and recovery codes" "Recovery codes, each good once" "$seen"
contains "after which codes are on" totp "$(userctl get newcomer -p factors)"
userctl mfa reset newcomer --within 1s --yes -q >/dev/null
sleep 1.1
refuses "not when the time for it is over" any enrol_by_ssh "$first" /root/newcomer.late
contains "which is said in the trail" mfa-missing "$(userctl log newcomer)"
contains "and explain says what to do" "Try: userctl mfa reset newcomer --within 24h" "$(userctl explain newcomer 2>&1)"

# A key and a new password in one login.
p=$(userctl create first --mfa required --generate --json | sed -n 's/.*"password": *"\([^"]*\)".*/\1/p')
n="quiet otters row 7 boats"
first_login() { printf '%s\n' "$p" "$p" "$n" "$n" | "$support/enrol" /root/first.seed ssh -o PreferredAuthentications=keyboard-interactive -t -l first localhost true; }
holds "a first login sets up codes and a new password" first_login
equal "codes are on" totp "$(userctl get first -p factors)"
contains "and the password is their own" '"must_change":false' "$(userctl get first --json=short)"

# Who must have codes only now, long after the account was made, may set them up now.
own_clock
move_clock -345600
for name in bob beth carol; do make_user $name; done
make_user late --mfa required
userctl group create crew --member carol -q
userctl group create strict --mfa required -q
move_clock 0
contains "required by their own word" "Enrolment is open until" "$(userctl update bob --mfa required)"
contains "by a group that they join" "Enrolment is open for 1 of them until" "$(userctl group add strict beth late)"
contains "by the word of their group" '"enrolments_opened":1' "$(userctl group update crew --mfa required --json=short)"
for name in bob beth carol; do
    holds "$name sets codes up" enrol_by_ssh "$(password_of $name)" /root/$name.seed "$name"
    equal "$name has them" totp "$(userctl get $name -p factors)"
done
refuses "who let the time pass stays out, in one more such group too" any enrol_by_ssh "$(password_of late)" /root/late.none late
contains "until a reset" "Try: userctl mfa reset late" "$(userctl explain late 2>&1)"

# Local users and root do not depend on us at all.
useradd -m local
echo 'local:correct-old-horse-1' | chpasswd
"$support/service" stop
verdict "daemon stopped: a local user gets in" "$yes" login local correct-old-horse-1
holds "daemon stopped: root's key gets in" ssh -o BatchMode=yes root@localhost true
contains "daemon stopped: ours cannot be decided" "cannot retrieve authentication info" "$(pam login coded "$strong" '' -- authenticate || true)"
