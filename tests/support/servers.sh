# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Servers of others in a private host, from the packages that tests/support/fetch-debs left beside the build; and the
# Kerberos that goes with them. Sourced, after assert.sh.

# unpack_servers: their files alone, since no script of a package has anything to do here.
unpack_servers() {
    local folder=$USERD_TOP/build-debs/servers deb
    [ -e "$folder/complete" ] || fail "no servers were downloaded: tests/support/fetch-debs build-debs"
    for deb in "$folder"/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C /; done
    ldconfig
}

# use_realm NAME: Kerberos of this host is that of this realm, whose server is here.
use_realm() {
    cat >/etc/krb5.conf <<TEXT
[libdefaults]
    default_realm = $1
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    $1 = {
        kdc = 127.0.0.1
    }
TEXT
}

# bind_by_keytab FILE: userd-ldap is started anew and gets its ticket with this, as a drop-in of its unit would have it.
bind_by_keytab() {
    install -D -m 600 "$1" /etc/credstore/userd.ldap.corp.keytab
    "$support/service" userd-ldap restart KRB5CCNAME=MEMORY:userd \
        KRB5_CLIENT_KTNAME=/run/credentials/userd-ldap.service/userd.ldap.corp.keytab
}
