#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From one host to many: the how-to's commands, on one machine that is first the host which has everybody, then the server as
# well, and at last a host that has nobody of its own. Everybody keeps uid, password and, where they come from, code.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"
. "$USERD_TOP/tests/support/page.sh"

cd /root
make_user_with_code alice --tag oncall --display-name "Alice Example"
make_user bob --display-name "Bob Example"
# Carol's hash is one that was imported, and has not been made anew by a login.
(umask 077 && echo "the password of carol" >"$people/carol" && openssl passwd -6 -stdin <"$people/carol" >carol.hash)
userctl create carol --display-name "Carol Example" --hash-file carol.hash -q >/dev/null
make_user frank --display-name "Frank Example"
userctl suspend frank -q >/dev/null
make_user dora --uid 70500
userctl group create crew -q >/dev/null
userctl group add crew alice bob -q >/dev/null
userctl group create own -q >/dev/null
userctl group add own alice -q >/dev/null
id_of() { id -u "$1" && id -g "$1" && id -Gn "$1" | tr ' ' '\n' | sort | paste -sd' ' && getent passwd "$1"; }
told() { for name in alice bob carol frank; do id_of "$name"; done; getent group crew alice; }
before=$(told)
uids() { id -u alice && id -u bob && id -u carol && getent group crew; }
numbers=$(uids)
group_source() { userctl group get "$1" --json | sed -n 's/.*"source": *"\([^"]*\)".*/\1/p'; }
holds "alice logs in with password and code" ssh_as alice "$(password_of alice)" "$(fresh_code alice)"

# The server's machine has no packages and no units to start: what they would bring stands in for them.
server=/root/grown
mkdir -p $server/db /etc/ldap/schema /var/lib/ldap
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
run "userctl export --format ldif --schema rfc2307bis --base dc=example,dc=org --with-passwords --file directory.ldif"
equal "it is root's alone" 600 "$(stat -c %a directory.ldif)"
contains "the trail tells of it" store.export-passwords "$(userctl log --json)"
lacks "a form without passwords has none" '$argon2' "$(userctl export --json)"
lacks "nor has LDIF that was not asked for them" userPassword "$(userctl export --format ldif --base dc=example,dc=org)"
refuses "others may not" 4 runuser -u bob -- userctl --no-input export --format ldif --base dc=example,dc=org --with-passwords
# Dora has another number there, and own is no group of the server.
sed -i -e 's/^uidNumber: 70500$/uidNumber: 70501/' directory.ldif
sed -i -e '/^dn: cn=own,/,/^$/d' directory.ldif
run "rm -rf /var/lib/ldap/*"
run "cat base.ldif directory.ldif | slapadd -f /etc/ldap/slapd.conf -w"
run "chown -R openldap: /var/lib/ldap" true
run "systemctl start slapd" "slapd start"
run "rm directory.ldif"

# A host: the one that has them all.
mkdir -p /etc/userd/userd.yaml.d
block yaml | sed -e "s|ldaps://ldap1.example.org|ldaps://ldap1.test.example.org:$((port + 1))|" >/etc/userd/userd.yaml.d/ldap.yaml
run "install -D -m 600 password-of-userd /etc/credstore/userd.ldap.corp"
run "userctl config reload"
answers() { userctl ldap test corp alice; }
within 20 answers
run "userctl ldap test corp alice"
run "userctl ldap status"
listed() { [[ $(userctl ldap quarantine corp --all) == *alice*name-taken* ]]; }
within 20 listed
equal "on this host they are its own as ever" "$before" "$(told)"

# They become the server's, and nobody who looks misses them for a moment.
run "userctl ldap quarantine corp"
run "userctl ldap adopt corp --all --dry-run" "userctl ldap adopt corp --all --dry-run"
contains "who is another there stays, and it is told why" "the uid of dora is 70500 here and 70501 on corp" "$said"
equal "it was tried only" local "$(userctl get alice -p source)"
refuses "who is named and cannot is an error" 5 userctl ldap adopt corp dora --yes
run "userctl backup before.userd --without-key"
used=$(last_code alice)
touch looking
while [ -e looking ]; do id -u alice >/dev/null || echo missed >>missed; done &
looker=$!
run "userctl ldap adopt corp --all --yes" "userctl ldap adopt corp --all --yes || [ \$? = 8 ]"
rm looking
wait $looker
holds "lookups never missed her" test ! -e missed
equal "lookups are as before" "$before" "$(told)"
equal "they are the server's" "ldap:corp ldap:corp ldap:corp" "$(for name in alice bob carol; do userctl get $name -p source; done | paste -sd' ')"
equal "their group too" ldap:corp "$(group_source crew)"
equal "the host's own stays, with her in it" "local alice" "$(group_source own) $(getent group own | cut -d: -f4)"
equal "the tag stays" oncall "$(userctl get alice -p tags)"
equal "so does a suspension" suspended "$(userctl get frank -p state)"
equal "dora is the host's" local "$(userctl get dora -p source)"
refuses "the server owns the shell" 5 userctl update alice --shell /bin/sh
holds "alice logs in with the same password and code" ssh_as alice "$(password_of alice)" "$(fresh_code alice)"
refuses "a code that was used before opens nothing after" any ssh_as alice "$(password_of alice)" "$used"
refuses "nor does another's password" any pam login bob "$(password_of alice)" "" -- authenticate
holds "carol's imported hash is right on the server" pam login carol "$(password_of carol)" "" -- authenticate
refuses "the suspended one is out" any pam login frank "$(password_of frank)" "" -- authenticate
slapd stop
holds "bob gets in while the server is away, though he was not seen there" pam login bob "$(password_of bob)" "" -- authenticate
refuses "with his password alone" any pam login bob "not the password" "" -- authenticate
slapd start
run "userctl restore before.userd --replace --yes --dry-run"
close_page

# And one that has nobody: another store, and the rest the same.
systemctl stop userd
mkdir /var/lib/userd.before
find /var/lib/userd -mindepth 1 -maxdepth 1 -exec mv -t /var/lib/userd.before {} +
systemd-tmpfiles --create --prefix=/var/lib/userd
systemctl start userd
come() { [ "$(userctl get alice -p source)" = ldap:corp ] && getent group crew; }
within 30 come
equal "the numbers and groups are the same" "$numbers" "$(uids)"
holds "alice logs in with her password" pam login alice "$(password_of alice)" "" -- authenticate
holds "so does carol" pam login carol "$(password_of carol)" "" -- authenticate
refuses "and nobody with another's" any pam login alice "$(password_of bob)" "" -- authenticate
slapd stop
