#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Logins of those whose password a directory server keeps: a real slapd with a password policy, which is stopped, frozen and
# started again under them.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"

policy() { # NAME LINE…
    printf 'dn: cn=%s,ou=policies,%s\nobjectClass: device\nobjectClass: pwdPolicy\ncn: %s\npwdAttribute: userPassword\n' "$1" "$base" "$1"
    shift
    printf '%s\n' "$@" ''
}
of_policy() { echo "pwdPolicySubentry: cn=$1,ou=policies,$base"; }
key=$(cut -d' ' -f1,2 /root/.ssh/id_ed25519.pub)

slapd make --overlay ppolicy
printf 'ppolicy_default "cn=default,ou=policies,%s"\nppolicy_use_lockout\n' "$base" >>$server/slapd.conf
slapd seed
number=200000
{
    printf 'dn: ou=policies,%s\nobjectClass: organizationalUnit\nou: policies\n\n' "$base"
    policy default "pwdMinLength: 16" "pwdCheckQuality: 2" "pwdLockout: TRUE" "pwdMaxFailure: 3" "pwdMustChange: TRUE" \
        "pwdAllowUserChange: TRUE"
    policy old "pwdMaxAge: 86400" "pwdGraceAuthNLimit: 0"
    policy grace "pwdMaxAge: 86400" "pwdGraceAuthNLimit: 9"
    team crew 400000
    for name in alice bob carol dave erin frank grace keyed; do
        case $name in
        dave) more="pwdReset: TRUE" ;;
        erin) more="$(of_policy old)" ;;
        grace) more="$(of_policy grace)" ;;
        keyed) more="sshPublicKey: $key" ;;
        *) more="description: $name" ;;
        esac
        person $name $((++number)) "userPassword: the password of $name" "pwdChangedTime: 20200101000000Z" "$more"
    done
} | slapd load
slapd start
mirrored
same "the directory is mirrored"

yes="successfully authenticated" no="Authentication failure" away="cannot retrieve authentication info"
# verdict WHAT WANTED USER PASSWORD [CODE] [OPERATION…]
verdict() { contains "$1" "$2" "$(pam login "$3" "$4" "${5:-}" -- authenticate "${@:6}" 2>&1 || true)"; }
reason_is() { contains "with the reason $2" "$2" "$(userctl log "$1" | head -3)"; }
good() { echo "the password of $1"; }

# The server says what is right; codes are ours.
verdict "a right password" "$yes" alice "$(good alice)"
verdict "a wrong one" "$no" alice "the password of bob"
reason_is alice bad-password
verdict "an empty one" "$no" alice ''
refusal_of() { (pam login "$1" wrong '' -- authenticate || true) | sed 's/reference [A-Z0-9]*//'; }
equal "is the same to the person" "$(refusal_of alice)" "$(refusal_of no-such-name)"
holds "ssh with the directory's password" ssh_as bob "$(good bob)" ''
(umask 077 && head -c 20 /dev/urandom | base32 >"$codes/carol")
install -o carol -m 600 "$codes/carol" /tmp/carol.seed
holds "codes are userd's" sh -c "echo $(fresh_code carol) | '$support/answer' runuser -u carol -- userctl mfa enable --totp-file /tmp/carol.seed"
refuses "no ssh without the code" any ssh_as carol "$(good carol)" ''
holds "ssh with password and code" ssh_as carol "$(good carol)" "$(fresh_code carol)"
refuses "not with the same code again" any ssh_as carol "$(good carol)" "$(last_code carol)"
holds "a key of the directory logs in" ssh -o BatchMode=yes keyed@localhost true
contains "explain says who checks" "the directory server corp checks it" "$(userctl explain alice)"
contains "root's su and cron ask nobody" "account management" "$(pam cron bob -- acct_mgmt)"
holds "so does root's su" su bob -c true

# What the server's policy says.
for try in 1 2 3; do (pam login frank "wrong $try" '' -- authenticate >/dev/null || true) & done
wait
verdict "locked there" "$no" frank "$(good frank)"
reason_is frank locked-out
verdict "expired there" "has expired" erin "$(good erin)"
reason_is erin expired
verdict "grace logins are told of" "before it must be changed" grace "$(good grace)"
contains "must be changed" "token is no longer valid" "$(pam login dave "$(good dave)" '' -- authenticate acct_mgmt || true)"

# Changes: at the login, by passwd, by userctl; never by root.
change_by() { printf '%s\n' "${@:2}" | "$support/answer" runuser -u "$1" -- passwd; }
refused=$(change_by dave "$(good dave)" staple-gun-15ch staple-gun-15ch x x y y || true)
contains "the server's refusal is shown" "the directory server says" "$refused"
holds "a password that must be changed is changed" change_by dave "$(good dave)" "a fresh one indeed" "a fresh one indeed"
contains "which is enough" "account management" "$(pam login dave "a fresh one indeed" '' -- authenticate acct_mgmt)"
echo 'yet another, the third' | install -o dave -m 600 /dev/stdin /tmp/dave.new
holds "userctl passwd changes it" sh -c "echo 'a fresh one indeed' |
    '$support/answer' runuser -u dave -- userctl user passwd --password-file /tmp/dave.new"
verdict "to the new one" "$yes" dave "yet another, the third"
verdict "and no other" "$no" dave "a fresh one indeed"
refuses "root cannot set it" any sh -c "printf '%s\n' long-enough-for-all long-enough-for-all | passwd dave"
told=$(userctl password reset dave --generate 2>&1) && fail "an admin has reset it" || true
contains "nor can an admin" "kept by the directory server corp" "$told"
contains "who is told who can" "userctl user passwd" "$told"

# Suspended there is suspended here.
change "$(dn_of bob)" "add: pwdAccountLockedTime" "pwdAccountLockedTime: 000001010000Z" | slapd modify
within 20 sh -c '[ "$(userctl get bob -p state)" = suspended ]'
verdict "disabled there" "$no" bob "$(good bob)"
reason_is bob suspended
refuses "no way in by root's su either" any su bob -c true

# The access of the source, in the account phase.
mirrored 'access: [{service: login, allow: {users: [alice]}}]'
within 20 status_is state following
contains "the source's access lets in" "account management" "$(pam login alice "$(good alice)" '' -- authenticate acct_mgmt)"
contains "and keeps out" "Permission denied" "$(pam login dave "yet another, the third" '' -- authenticate acct_mgmt || true)"
contains "which explain knows" "ldap.corp.access" "$(userctl explain dave --service login || true)"
mirrored
within 20 status_is state following

# The server is frozen: nobody waits beyond the bound, the kept password counts, and local users do not notice.
make_user local
slapd freeze
from=$SECONDS
verdict "frozen: what was right counts" "$yes" alice "$(good alice)" &
verdict "frozen: a local user does not wait" "$yes" local "$(password_of local)"
verdict "frozen: who never logged in waits in vain" "$away" keyed "anything"
wait $! || fail "frozen: a login with a kept password"
[ $((SECONDS - from)) -lt 60 ] || fail "frozen: it took $((SECONDS - from)) s"
slapd thaw

# It is gone.
slapd stop
verdict "stopped: what was right counts" "$yes" alice "$(good alice)"
verdict "stopped: what is wrong does not" "$no" alice "the password of bob"
reason_is alice bad-password
verdict "stopped: who never logged in is told nothing" "$away" keyed "anything"
reason_is keyed ldap-unreachable
holds "stopped: password and code over ssh" ssh_as carol "$(good carol)" "$(fresh_code carol)"
holds "stopped: a key of the directory logs in" ssh -o BatchMode=yes keyed@localhost true
contains "stopped: explain says since when" "the directory server corp is away since" "$(userctl explain alice || true)"
contains "stopped: a change says so" "cannot be reached" "$(change_by alice "$(good alice)" || true)"
mirrored 'offline: {max_age: 1s}'
verdict "stopped: not for ever" "$away" alice "$(good alice)"
reason_is alice ldap-unreachable
mirrored
slapd start
within 20 status_is state following
verdict "back again" "$yes" alice "$(good alice)"
verdict "nobody was locked out meanwhile" "$yes" keyed "$(good keyed)"
