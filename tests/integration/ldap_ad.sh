#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An Active Directory mirrored: Samba's, which speaks that dialect. Numbers from SIDs, changes by uSNChanged, what is gone by
# comparing keys, groups in groups, accounts that are disabled there; logins, and the bind by password and by Kerberos.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"
. "$USERD_TOP/tests/support/servers.sh"

ad=/root/ad
conf=$ad/etc/smb.conf
sid=S-1-5-21-276440914-1935126060-158727134
users=cn=Users,$base
schema=ad
umask 022

serve() {
    local option
    mkdir -p $ad/tls
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=dc1.example.org -days 30 \
        -addext subjectAltName=DNS:dc1.example.org -keyout $ad/tls/key.pem -out $ad/tls/cert.pem 2>/dev/null
    install -m 644 $ad/tls/cert.pem /etc/ssl/known.pem
    echo '127.0.0.1 dc1.example.org dc1' >>/etc/hosts
    mkdir -p /var/lib/samba/private /var/cache/samba /var/log/samba /run/samba
    (umask 077 && echo -n 'Administers-1-domain' >$ad/password)
    what_samba samba-tool domain provision --realm=EXAMPLE.ORG --domain=EXAMPLE --host-name=dc1 --server-role=dc --dns-backend=NONE \
        --domain-sid=$sid --adminpass="$(cat $ad/password)" --targetdir=$ad
    sed -i '/server services =/d' $conf
    for option in 'interfaces = lo' 'bind interfaces only = yes' 'server services = ldap kdc' 'dcerpc endpoint servers =' 'ldap server require strong auth = allow_sasl_over_tls' \
        "tls certfile = $ad/tls/cert.pem" "tls keyfile = $ad/tls/key.pem" 'tls cafile ='; do
        sed -i "/^\[global\]/a $option" $conf
    done
    chmod 600 $ad/tls/key.pem
    samba -F --no-process-group -M single --debug-stdout -s $conf >$ad/log 2>&1 &
    within 60 as_admin ldapsearch -s base -b "$base" dn
}
what_samba() { local said; said=$("$@" 2>&1) || fail "$*: $said"; }
as_admin() {
    LDAPTLS_CACERT=/etc/ssl/known.pem "$1" -x -H ldaps://dc1.example.org -D "cn=Administrator,$users" -y $ad/password "${@:2}"
}
good() { echo "Horse-9-$(md5sum <<<"$1" | head -c 8)"; } # no part of a name is in it
unicode() { printf '"%s"' "$1" | iconv -t UTF-16LE | base64 -w 0; }

ad_dn() { echo "cn=$1,$users"; }
ad_person() { # NAME [LINE…]
    printf '%s\n' "dn: $(ad_dn "$1")" 'objectClass: user' "sAMAccountName: $1" "displayName: $1 of the domain" 'userAccountControl: 512' \
        "unicodePwd:: $(unicode "$(good "$1")")" "${@:2}" ''
}
ad_team() { # NAME MEMBER…
    local member
    printf '%s\n' "dn: $(ad_dn "$1")" 'objectClass: group' "sAMAccountName: $1" 'groupType: -2147483646'
    for member in "${@:2}"; do echo "member: $(ad_dn "$member")"; done
    echo
}
rid_of() { # NAME: the last four bytes of its SID
    as_admin ldapsearch -LLL -b "$base" "(sAMAccountName=$1)" objectSid | sed -n 's/^objectSid:: //p' | base64 -d | tail -c 4 |
        od -An -tu4 | tr -d ' '
}
ad_change() { change "$(ad_dn "$1")" "${@:2}" | as_admin ldapmodify >/dev/null; }
# comes WHAT COMMAND…: after a look for changes, and not for everything
comes() {
    userctl ldap sync corp -q >/dev/null
    within 30 "${@:2}"
    pass "$1"
}
state_is() { [ "$(userctl get "$1" -p state)" = "$2" ]; }
named() { [ "$(getent passwd "$1" | cut -d: -f5)" = "$2" ]; }
groups_are() { [ "$(id -Gn "$1")" = "$2" ]; }
yes="successfully authenticated" no="Authentication failure"
verdict() { contains "$1" "$2" "$(pam login "$3" "$4" '' -- authenticate "${@:5}" 2>&1 || true)"; }
reason_is() { contains "with the reason $2" "$2" "$(userctl log "$1" | head -3)"; }

unpack_servers
use_realm EXAMPLE.ORG
serve
{
    for name in Alice bob carol dave erin userd; do ad_person "$name"; done
    ad_team inner Alice bob
    ad_team outer inner carol
    ad_team 'web masters' outer
} | as_admin ldapadd >/dev/null
install -d -m 700 /etc/credstore
(umask 077 && printf '%s' "$(good userd)" >/etc/credstore/userd.ldap.corp)
source=("uri: [\"ldaps://dc1.example.org\"]" 'id_range: ["200000-2000200000"]' "id_mapping: sssd" "insecure: false"
    "tls: {ca: /etc/ssl/known.pem}")
mirrored "${source[@]}" "bind: {dn: \"$(ad_dn userd)\"}"
within 60 status_is state polling
pass "the domain is mirrored"

# Numbers are those that SSSD makes of this SID, and names are small, whatever is written there.
for name in alice bob; do equal "the number of $name" $((462400000 + $(rid_of $name))) "$(id -u $name)"; done
equal "the number of their first group" 462400513 "$(id -g alice)"
refuses "Alice is written alice here" 2 getent passwd Alice
refuses "a computer is nobody" 2 getent passwd 'dc1$'
equal "groups in groups" "domain users inner outer web masters" "$(id -Gn alice --zero | tr '\0' '\n' | sort | paste -sd' ')"
equal "who is disabled there" suspended "$(userctl get krbtgt -p state)"

# Logins: the server's answer, and what its codes mean.
verdict "a right password" "$yes" alice "$(good Alice)"
verdict "a wrong one" "$no" alice "$(good bob)"
reason_is alice bad-password
ad_change erin "replace: pwdLastSet" "pwdLastSet: 0"
contains "must be changed" "token is no longer valid" "$(pam login erin "$(good erin)" '' -- authenticate acct_mgmt || true)"
change_by() { printf '%s\n' "${@:2}" | "$support/answer" runuser -u "$1" -- passwd; }
refuses "a wrong old one changes nothing" any change_by erin "$(good bob)" "a quite Fresh one, 9" "a quite Fresh one, 9"
holds "and is, before she can bind" change_by erin "$(good erin)" "a quite Fresh one, 9" "a quite Fresh one, 9"
verdict "to the new one" "$yes" erin "a quite Fresh one, 9"
contains "the domain's refusal is told" "too young to change" "$(change_by erin "a quite Fresh one, 9" "Größe und Farbe, 9 €" "Größe und Farbe, 9 €" || true)"
change "$base" "replace: minPwdAge" "minPwdAge: 0" | as_admin ldapmodify >/dev/null
holds "and then taken" change_by erin "a quite Fresh one, 9" "Größe und Farbe, 9 €" "Größe und Farbe, 9 €"
verdict "which may be of any letters" "$yes" erin "Größe und Farbe, 9 €"

# What changed since the last time, and what is gone.
ad_change bob "replace: displayName" "displayName: Robert"
comes "another name" named bob Robert
number=$(id -u carol)
rename_entry "$(ad_dn carol)" cn=caroline | as_admin ldapmodify >/dev/null
ad_change caroline "replace: sAMAccountName" "sAMAccountName: caroline"
same_number() { [ "$(id -u caroline)" = "$number" ]; }
comes "a rename keeps the number" same_number
ad_change inner "delete: member" "member: $(ad_dn bob)"
comes "out of a group, and those around it" groups_are bob "domain users"
ad_change bob "replace: userAccountControl" "userAccountControl: 514"
comes "disabled there is suspended here" state_is bob suspended
verdict "who cannot log in" "$no" bob "$(good bob)"
contains "explain names the server" "enabling it on ldaps://dc1.example.org" "$(userctl explain bob 2>&1)"
ad_change bob "replace: userAccountControl" "userAccountControl: 512"
comes "and active again" state_is bob active
ad_change dave "replace: accountExpires" "accountExpires: 132223104000000000"
comes "who has expired there" state_is dave suspended
{
    printf 'dn: ou=staff,%s\nobjectClass: organizationalUnit\n\n' "$base"
    ad_person olga | sed "s/^dn: .*/dn: cn=olga,ou=staff,$base/"
} | as_admin ldapadd >/dev/null
comes "somebody of a new unit" named olga "olga of the domain"
rename_entry "ou=staff,$base" ou=crew | as_admin ldapmodify >/dev/null
olga_logs_in() { pam login olga "$(good olga)" '' -- authenticate; }
userctl ldap sync corp -q >/dev/null
sleep 1
comes "whose unit is renamed is asked for where it is now" olga_logs_in
as_admin ldapdelete "$(ad_dn caroline)" "$(ad_dn 'web masters')"
comes "a user that was deleted" state_is caroline suspended
refuses "and a group" 2 getent group 'web masters'

# More than one page of users, and more members of a group than Active Directory tells at once.
python3 - $ad "$base" <<'PYTHON'
import sys
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
lp = LoadParm()
lp.load(sys.argv[1] + "/etc/smb.conf")
db = SamDB(url=sys.argv[1] + "/private/sam.ldb", session_info=system_session(), lp=lp)
users = "cn=Users," + sys.argv[2]
db.transaction_start()
dns = [f"cn=many{n},{users}" for n in range(1600)]
for n, dn in enumerate(dns):
    db.add({"dn": dn, "objectClass": "user", "sAMAccountName": f"many{n}", "userAccountControl": "546"})
db.add({"dn": "cn=crowd," + users, "objectClass": "group", "sAMAccountName": "crowd", "groupType": "-2147483646", "member": dns})
db.transaction_commit()
PYTHON
all_there() { [ "$(getent group crowd | tr , '\n' | wc -l)" = 1600 ]; }
comes "1,600 users, all in a group" all_there
"$support/range-proxy" 3990 dc1.example.org /etc/ssl/known.pem 500 &
within 10 bash -c ': </dev/tcp/127.0.0.1/3990'
mirrored 'uri: ["ldap://127.0.0.1:3990"]' 'id_range: ["200000-2000200000"]' "id_mapping: sssd" "bind: {dn: \"$(ad_dn userd)\"}"
ad_change bob "replace: displayName" "displayName: Bob"
within 30 named bob Bob
all_there || fail "of members that come in parts some are missing: $(getent group crowd | tr , '\n' | wc -l)"
pass "and all when their names come in parts"

# By Kerberos. The name of the service is what a part of Samba registers that does not run here.
change "cn=DC1,ou=Domain Controllers,$base" "add: servicePrincipalName" "servicePrincipalName: ldap/dc1.example.org" |
    as_admin ldapmodify >/dev/null
what_samba samba-tool domain exportkeytab $ad/keytab --principal=userd@EXAMPLE.ORG -s $conf
mirrored "${source[@]}" "bind: {sasl: gssapi}"
denied() { ldap_status problem | grep -q GSSAPI; }
within 30 denied
pass "without a keytab nobody is let in: $(ldap_status problem)"
bind_by_keytab $ad/keytab
within 30 status_is state polling
ad_change bob "replace: displayName" "displayName: Bob again"
comes "bound by Kerberos" named bob "Bob again"
contains "which test tells" "by SASL" "$(userctl ldap test corp bob 2>&1)"
