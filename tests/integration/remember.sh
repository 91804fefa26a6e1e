#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# remember_mfa: a code counts again in its login session, and between ssh logins from one address, until something ends it. And
# what a login tells of the one before it.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user_with_code alice --mfa required --group sudo
secret=$(password_of alice)
code() { userctl mfa code alice --json | sed -n 's/.*"code": *"\([^"]*\)".*/\1/p'; }
remembered() { userctl mfa remembered alice "$@"; }

# begin NAME CODE: alice logs in over ssh; her shell waits for commands.
begin() {
    mkfifo "/root/$1.in" "/root/$1.out"
    printf '%s\n%s\n' "$secret" "$2" >"/root/$1.answers"
    ANSWERS=/root/$1.answers SSH_ASKPASS=$support/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        ssh -o PreferredAuthentications=keyboard-interactive -l alice localhost bash <"/root/$1.in" >"/root/$1.out" &
    local in out
    exec {in}>"/root/$1.in" {out}<"/root/$1.out"
    to[$1]=$in from[$1]=$out
}
declare -A to from
# in_session NAME COMMAND: the first line that it prints.
in_session() {
    local line
    printf '%s\n' "$2" >&"${to[$1]}"
    read -r -t 60 line <&"${from[$1]}" || fail "no answer in session $1"
    echo "$line"
}
# sudo_in NAME CODE [OPTION]: yes or no.
sudo_in() { in_session "$1" "printf '%s\n%s\n' '$secret' '$2' | sudo -S ${3--k} true >/dev/null 2>&1 && echo yes || echo no"; }

userctl config set 'login.rules=[{service: [sudo, su], require: [password, totp], remember_mfa: 15m}, {require: [password, totp]}]' >/dev/null
begin one "$(code)"
number=$(in_session one 'cat /proc/self/sessionid; echo')
[ "$number" != 4294967295 ] || skip "this kernel gives login sessions no number"
begin two "$(code)"

equal "sudo: the code of the ssh login counts, Enter does" yes "$(sudo_in one '')"
contains "which is listed" "$number" "$(remembered)"
contains "in JSON too" "\"session\":$number" "$(remembered --json=short)"
contains "to the account itself" "$number" "$(in_session one "userctl mfa remembered --no-legend --columns session | tr '\n' ' '; echo")"
contains "explain tells of it" "login session $number counts again until" "$(userctl explain alice --service sudo)"
equal "a wrong code is wrong all the same" no "$(sudo_in one 000000)"

holds "an admin ends it" userctl mfa remembered alice --forget
contains "once" "nothing to do" "$(userctl mfa remembered alice --forget 2>&1)"
equal "then sudo needs a code" no "$(sudo_in one '')"
equal "which gets in" yes "$(sudo_in one "$(code)")"
equal "and is enough for the second time" yes "$(sudo_in one '')"
equal "another session needs its own" no "$(sudo_in two '')"
refuses "so does ssh, whose rule says nothing" any ssh_as alice "$secret" ''
equal "sudo notes by itself that it has asked" yes "$(sudo_in one '' -H)"
equal "and passes when it asks nothing" yes "$(sudo_in one '' -n)"

userctl suspend alice --keep-sessions >/dev/null 2>&1
userctl resume alice >/dev/null 2>&1
equal "a suspension ends it" no "$(sudo_in one '')"
equal "also where sudo would ask nothing" no "$(sudo_in one '' -n)"
equal "a code again" yes "$(sudo_in one "$(code)")"
userctl password reset alice --generate --keep --json 2>/dev/null | sed -n 's/.*"password": *"\([^"]*\)".*/\1/p' >"$people/alice"
secret=$(password_of alice)
equal "a new password ends it" no "$(sudo_in one '')"
equal "a code again" yes "$(sudo_in one "$(code)")"
"$support/service" stop
"$support/service" start
equal "a restart ends it" no "$(sudo_in one '')"

# Between ssh logins: the same user from the same address, where the rule says so.
userctl config set 'login.rules=[{service: sshd, require: [password, totp], remember_mfa: 15m}, {require: [password, totp]}]' >/dev/null
holds "ssh with a code" ssh_as alice "$secret" "$(code)"
holds "ssh again, from there" ssh_as alice "$secret" ''
refuses "not from elsewhere" any ssh_as alice "$secret" '' -b 127.0.0.2
refuses "not with a wrong password" any ssh_as alice wrong ''
contains "the address is listed" 127.0.0.1 "$(remembered)"
equal "sudo's rule says nothing now" no "$(sudo_in one '')"
contains "the account itself ends it" "No code of alice" "$(in_session one 'userctl mfa remembered --forget 2>&1 | head -1')"
refuses "then ssh needs a code" any ssh_as alice "$secret" ''

# What a login tells: at a shell on a terminal, and never in the way of a command's output.
userctl unlock alice >/dev/null
echo exit >/home/alice/.bash_profile
told=$(printf '%s\n%s\n' "$secret" "$(code)" | "$support/answer" ssh -o PreferredAuthentications=keyboard-interactive -l alice localhost || true)
contains "the last login" "Last login: " "$told"
contains "and where it came from" "UTC from 127.0.0.1 (sshd)" "$told"
contains "and who tried since" "failed tr" "$told"
equal "nothing of it in a command's output" "" "$(ssh_as alice "$secret" "$(code)")"

# A new account has its grace.
userctl config set 'login.rules=[{require: [password]}]' >/dev/null
userctl config set mfa.grace=1h >/dev/null
make_user newcomer --mfa required
told=$(pam login newcomer "$(password_of newcomer)" '' -- authenticate acct_mgmt open_session || true)
contains "without a code yet" "successfully opened a session" "$told"
contains "and told until when" "One-time codes must be set up before" "$told"
userctl config set mfa.grace= >/dev/null
lacks "not without grace" "successfully authenticated" \
    "$(pam login newcomer "$(password_of newcomer)" '' '' '' '' '' '' '' '' '' '' -- authenticate || true)"
