#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The how-to about moving from SSSD, line by line: every command is run as it stands there. What is played is the person at the
# keyboard, the server, and SSSD, for which userd's own module answers.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/page.sh"
. "$USERD_TOP/tests/support/directory.sh"

printf '127.0.0.1 ldap1.test.example.org\n' >>/etc/hosts
(umask 077 && printf '%s' "the password of userd" >/root/bind-password)
slapd make --tls right --access "to attrs=userPassword by anonymous auth by self =w by * none" \
    --access "to * by dn.exact=\"cn=userd,$base\" read by * none"
slapd seed
{
    person alice 200001 "userPassword: the password of alice"
    person bob 200002
    team crew 400000 alice bob
} | slapd load
slapd start
install -m 644 $server/tls/known.pem /etc/ssl/corp.pem

install -d /etc/userd/userd.yaml.d
open_howto from-sssd
block yaml | sed "s/ldap1\.example\.org/ldap1.test.example.org:$((port + 1))/" >/etc/userd/userd.yaml.d/50-corp.yaml
run "install -D -m 600 /root/bind-password /etc/credstore/userd.ldap.corp"
contains "the drop-in names the page's credential" "LoadCredential=$(basename /etc/credstore/userd.ldap.*)" "$(block ini)"
run "userctl validate"
run "userctl config reload"
there() { status_is state following; }
within 30 there
run "userctl ldap test corp alice"
run "userctl ldap status"
contains "all is there" following "$said"
run "userctl ldap quarantine corp"
run "userctl check --compare sss" "userctl check --compare userd | sed 's/^userd answers/sss answers/'"

# A host on which SSSD is asked before userd.
sed -i -E '/^(passwd|group|shadow):/s/userd/sss userd/' /etc/nsswitch.conf
before=$(grep -E '^(passwd|group|shadow):' /etc/nsswitch.conf)
run "sed -i.sssd -E '/^(passwd|group|shadow):/s/ +sss\b//' /etc/nsswitch.conf"
equal "sss is asked no more" "" "$(grep -E '^(passwd|group|shadow):.*sss' /etc/nsswitch.conf || true)"
line "pam-auth-update --disable sss"
run "getent passwd alice"
line "ssh alice@host"
holds "she comes in with the server's password" ssh_as alice "the password of alice" ''
refuses "and with no other" any ssh_as alice "another password" ''
run "userctl explain alice"
run "mv /etc/nsswitch.conf.sssd /etc/nsswitch.conf"
equal "as before" "$before" "$(grep -E '^(passwd|group|shadow):' /etc/nsswitch.conf)"
line "pam-auth-update --enable sss"
line "systemctl disable --now sssd"
run "userctl ldap status"
run "userctl ldap confirm corp"
close_page
