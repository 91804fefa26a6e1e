#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# userd-ldap proves by Kerberos who it is: MIT's server, slapd, and a keytab in the place of a password.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/directory.sh"
. "$USERD_TOP/tests/support/servers.sh"

realm=/root/realm
host=ldap1.test.example.org

realm_server() {
    mkdir -p $realm
    cat >$realm/kdc.conf <<TEXT
[realms]
    EXAMPLE.ORG = {
        database_name = $realm/principal
        key_stash_file = $realm/stash
        kdc_listen = 127.0.0.1
        kdc_tcp_listen = 127.0.0.1
    }
TEXT
    export KRB5_KDC_PROFILE=$realm/kdc.conf
    kdb5_util create -s -W -P "of a realm that lives for seconds" -r EXAMPLE.ORG >/dev/null
    keytab slapd "ldap/$host"
    keytab userd userd
    keytab other other
    krb5kdc -n &
}
keytab() { # FILE PRINCIPAL
    kadmin.local -q "addprinc -randkey $2" >/dev/null 2>&1
    kadmin.local -q "ktadd -k $realm/$1.keytab $2" >/dev/null
}

unpack_servers
use_realm EXAMPLE.ORG
printf '127.0.0.1 %s\n' $host >>/etc/hosts
realm_server
slapd make --tls right --global "sasl-host $host" --global "sasl-realm EXAMPLE.ORG" --global "sasl-cbinding tls-endpoint" \
    --global "authz-regexp ^uid=userd,(cn=[^,]+,)?cn=gssapi,cn=auth$ cn=userd,$base" \
    --access "to * by dn.exact=\"cn=userd,$base\" read by * none"
slapd seed
{
    person alice 200001
    team everyone 400000 alice
} | slapd load
KRB5_KTNAME=$realm/slapd.keytab slapd start
install -m 644 $server/tls/known.pem /etc/ssl/known.pem
bound=("uri: [\"ldaps://$host:$((port + 1))\"]" "tls: {ca: /etc/ssl/known.pem}" "insecure: false" "bind: {sasl: gssapi}")

mirrored "${bound[@]}"
problem_is() { ldap_status problem | grep -q "$1"; }
within 30 problem_is GSSAPI
pass "without a ticket: $(ldap_status problem)"
contains "and what is needed for one" "keytab" "$(ldap_status hint)"
bind_by_keytab $realm/other.keytab
within 30 problem_is "No such object"
pass "whom the server lets read nothing: $(ldap_status problem)"
refuses "nobody comes in so" 2 getent passwd alice
bind_by_keytab $realm/userd.keytab
same "with the right keytab all comes"
contains "slapd knows the ticket" "BIND dn=\"cn=userd,$base\" mech=GSSAPI" "$(cat $server/log)"
change "$(dn_of alice)" "replace: displayName" "displayName: Alice" | slapd modify
same "and what changes"
slapd stop
KRB5_KTNAME=$realm/slapd.keytab slapd start
within 30 status_is state following
pass "a ticket is got again when the server is back"
