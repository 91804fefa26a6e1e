#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From one host to many: the how-to's commands, on one machine that is first the host which has everybody, then the server as
# well, and at last a host that has nobody of its own.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"
. "$USERD_TOP/tests/support/page.sh"

make_user_with_code alice
make_user bob
userctl group create crew -q >/dev/null
userctl group add crew alice bob -q >/dev/null
uids="$(id -u alice) $(id -u bob)"
crew=$(getent group crew)

# The server's machine has no packages and no units to start: what they would bring stands in for them.
server=/root/grown
mkdir -p $server/db /etc/ldap/schema /var/lib/ldap
cd /root
open_page "$USERD_TOP/docs/howto/grow-to-ldap.md"
run "apt-get install slapd ldap-utils" true
run "systemctl stop slapd" true
run "cp /usr/share/doc/userd/examples/slapd/*.schema /etc/ldap/schema/"
run "cp /usr/share/doc/userd/examples/slapd/slapd.conf /etc/ldap/slapd.conf"
slapd make --tls right
cp $server/tls/server.pem $server/tls/server.key /etc/ldap/
install -m 644 $server/tls/known.pem /etc/ssl/corp.pem
cp /etc/ldap/slapd.conf $server/slapd.conf
mkdir -p /run/slapd
printf '127.0.0.1 ldap1.example.org ldap1.test.example.org\n' >>/etc/hosts

printf '%s' "the password of userd" >password-of-userd
block ldif | sed "s|{SSHA}…|$(slappasswd -s "the password of userd")|" >base.ldif
run "userctl export --format ldif --schema rfc2307bis --base dc=example,dc=org >directory.ldif"
lacks "no hash is in it" '$' "$(grep -i -E 'password|argon' directory.ldif || true)"
run "rm -rf /var/lib/ldap/*"
run "cat base.ldif directory.ldif | slapadd -f /etc/ldap/slapd.conf -w"
run "chown -R openldap: /var/lib/ldap" true
run "systemctl start slapd" "slapd start"
run "ldappasswd -Q -Y EXTERNAL -H ldapi:/// uid=alice,ou=people,dc=example,dc=org" \
    "ldappasswd -Q -Y EXTERNAL -H ldapi://%2froot%2fgrown%2fsocket -s 'a first password' uid=alice,ou=people,dc=example,dc=org"

# On the host that had them.
mkdir -p /etc/userd/userd.yaml.d
host_file() {
    block yaml | sed -e "s|ldaps://ldap1.example.org|ldaps://ldap1.test.example.org:$((port + 1))|" >/etc/userd/userd.yaml.d/ldap.yaml
}
host_file
run "install -D -m 600 password-of-userd /etc/credstore/userd.ldap.corp"
run "userctl config reload"
answers() { userctl ldap test corp alice; }
within 20 answers
run "userctl ldap test corp alice"
run "userctl ldap status"
listed() { [[ $(userctl ldap quarantine corp) == *alice*name-taken* ]]; }
within 20 listed
holds "there she goes on as ever" ssh_as alice "$(password_of alice)" "$(code_at alice "$(step_now)")"
equal "with the same number" "$uids" "$(id -u alice) $(id -u bob)"
run "userctl ldap quarantine corp"

# And on one that has nobody.
run "systemctl stop userd"
run "mv /var/lib/userd /var/lib/userd.before" \
    "mkdir /var/lib/userd.before && find /var/lib/userd -mindepth 1 -maxdepth 1 -exec mv -t /var/lib/userd.before {} +"
run "systemd-tmpfiles --create --prefix=/var/lib/userd"
run "systemctl start userd"
close_page
come() { [ "$(id -u alice) $(id -u bob)" = "$uids" ]; }
within 30 come
pass "the numbers are the same"
equal "and the group" "$crew" "$(getent group crew)"
equal "they are the server's" ldap:corp "$(userctl get alice -p source)"
holds "alice has her password of the server" pam login alice "a first password" "" -- authenticate
refuses "and no other" any pam login alice "$(password_of alice)" "" -- authenticate
slapd stop
