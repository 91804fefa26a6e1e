#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A directory server mirrored: what stands there is what lookups see, after each kind of change, in both schemas.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"

quarantined() { userctl ldap quarantine corp --all --json; }
in_quarantine() { [[ $(quarantined) == *"$1"* ]]; }
generation() { userctl status --json | sed -n 's/.*"generation": *\([0-9]*\).*/\1/p'; }

first_people() {
    person alice 200001 "sshPublicKey: $(cut -d' ' -f1,2 /root/.ssh/id_ed25519.pub)"
    person bob 200002
    person carol 200003 "displayName: Carol Müller"
    person dave 200004 "loginShell: /bin/sh"
    person erin 200005
    for i in $(seq 10 60); do person "p$i" $((200000 + i)); done
}

# What holds in both schemas.
changes() {
    echo "$schema"
    change "$(dn_of bob)" "replace: displayName" "displayName: Robert" | slapd modify
    same "a change of a name"
    rename_entry "$(dn_of bob)" uid=robert | slapd modify
    same "a rename"
    equal "of the same user" 200002 "$(id -u robert)"
    refuses "not of a second" 2 getent passwd bob
    change "$(dn_of carol)" "replace: uidNumber" "uidNumber: 200933" | slapd modify
    same "another number"
    team new 400010 alice carol | slapd add
    same "a new group"
    change "$(team_dn new)" "delete: ${member}" "$(member_line alice)" - "add: ${member}" "$(member_line dave)" - | slapd modify
    same "other members"
    rename_entry "$(team_dn new)" cn=newer | slapd modify
    same "a group renamed"
    slapd delete "$(team_dn newer)"
    same "a group deleted"
    slapd delete "$(dn_of erin)"
    same "a user deleted" --vanished
    equal "is suspended, for a time" suspended "$(userctl get erin -p state)"
    {
        for i in $(seq 10 59); do change "$(dn_of "p$i")" "replace: loginShell" "loginShell: /bin/sh"; done
    } | slapd modify
    same "many changes" --vanished
}

container_renamed() { # nobody is told of those below it
    entry "ou=annex,$base" "objectClass: organizationalUnit" "ou: annex" -- | slapd add
    person fred 200070 "userPassword: the password of fred" | sed 's/ou=people/ou=annex/' | slapd add
    same "somebody new below a container" --vanished
    rename_entry "ou=annex,$base" ou=outhouse | slapd modify
    change "$(team_dn crew)" "add: member" "member: uid=fred,ou=outhouse,$base" | slapd modify
    same "those below what was renamed are where they are now" --vanished
}

# By entry, with groups in one another, a circle among them.
member=member
userctl create local --no-password -q >/dev/null
slapd make
slapd seed
{
    first_people
    team everyone 400000
    team crew 400001 alice bob
    team all 400002 cn=crew carol
    team ring1 400003 cn=ring2 dave
    team ring2 400004 cn=ring1 erin
} | slapd load
slapd start
mirrored
same "the first load"
equal "through two groups" "400000 400001 400002" "$(id -G alice | tr ' ' '\n' | sort | paste -sd' ')"
contains "a user tells where from" "ldap:corp" "$(userctl get alice)"
contains "the keys are there" "$(cut -d' ' -f2 /root/.ssh/id_ed25519.pub)" \
    "$(runuser -u userd-keys -- /usr/lib/userd/userd-ssh-keys alice)"
changes
slapd modify <<LDIF
dn: ou=guests,$base
changetype: add
objectClass: organizationalUnit
ou: guests

LDIF
rename_entry "$(dn_of dave)" uid=dave "ou=guests,$base" | slapd modify
same "a user moved" --vanished
change "$(team_dn ring1)" "add: member" "member: uid=dave,ou=guests,$base" | slapd modify
same "and taken into a group from there" --vanished

container_renamed
holds "and log in from there" pam login fred "the password of fred" "" -- authenticate
change "$(team_dn all)" "delete: member" "$(member_line cn=crew)" | slapd modify
same "a group out of another" --vanished
change "$(dn_of alice)" "replace: sshPublicKey" | slapd modify
no_keys() { [ -z "$(runuser -u userd-keys -- /usr/lib/userd/userd-ssh-keys alice)" ]; }
within 20 no_keys
pass "keys go"

# What cannot be taken is left out, each with its reason; the rest goes on.
{
    person 'two:words' 200100
    person ../../etc 200101
    person -dash 200102
    person root0 0
    person foreign 70001
    person local 200103
    person root 200104
    person twice 200105 "uid: twice" "uid: thrice"
    person alias 200001
    person good 200106
    entry "cn=sudo,ou=groups,$base" "objectClass: groupOfMembers" "objectClass: posixGroup" "cn: sudo" "gidNumber: 400020" \
        "member: uid=good,ou=people,$base" --
    entry "cn=shadow2,ou=groups,$base" "objectClass: groupOfMembers" "objectClass: posixGroup" "cn: shadow2" "gidNumber: 42" \
        "member: uid=good,ou=people,$base" --
} | slapd add
bad="two:words,../../etc,-dash,root0,foreign,local,root,twice,thrice,alias,sudo,shadow2"
same "the good one comes" --vanished --but "$bad"
equal "root is root" 0:0 "$(id -u root):$(id -g root)"
lacks "remote data extends no local group" good "$(getent group sudo)"
equal "who was first keeps the number" alice "$(getent passwd 200001 | cut -d: -f1)"
for dn in 'uid=two:words' uid=-dash uid=root0 uid=foreign uid=local, uid=root, uid=alias cn=sudo cn=shadow2; do
    in_quarantine "$dn" || fail "$dn is not in quarantine: $(quarantined)"
done
pass "the others are in quarantine"
slapd delete "$(dn_of local)"
change "$(dn_of foreign)" "replace: uidNumber" "uidNumber: 200107" | slapd modify
came() { [ "$(id -u foreign)" = 200107 ]; }
within 20 came
pass "and come when they are mended"

# Restarts: of the host, of userd-ldap, of the server; a change in each meanwhile.
before=$(generation)
"$support/service" restart
within 20 status_is state following
equal "a restart changes nothing" "$before" "$(generation)"
slapd stop
equal "without the server all stays" 200106 "$(id -u good)"
slapd start
change "$(dn_of good)" "replace: displayName" "displayName: After it" | slapd modify
after() { [ "$(getent passwd good | cut -d: -f5)" = "After it" ]; }
within 30 after
pass "the server is back, and so are changes"
"$support/service" stop
change "$(dn_of good)" "replace: displayName" "displayName: While away" | slapd modify
"$support/service" start
away() { [ "$(getent passwd good | cut -d: -f5)" = "While away" ]; }
within 30 away
pass "what changed without us comes"
slapd stop

anew() { # a host that knows nothing yet, and a server with nobody
    "$support/service" stop
    find /var/lib/userd -mindepth 1 -delete
    systemd-tmpfiles --create --prefix=/var/lib/userd
    rm -rf "$server"
}

# By name.
anew
schema=rfc2307
member=memberUid
slapd make --schema rfc2307
slapd seed
{
    first_people
    team everyone 400000
    team crew 400001 alice bob nobody-here
} | slapd load
slapd start
"$support/service" start
mirrored
same "the first load"
changes
{
    person nobody-here 200300
    change "$(team_dn crew)" "add: memberUid" "memberUid: late"
    person late 200301
} | slapd add -c
same "members who come later than they are named" --vanished
slapd stop

# Without content synchronisation: what changed since the last time, and who is there.
anew
schema=rfc2307bis
member=member
slapd make --no-sync
slapd seed
{
    first_people
    team everyone 400000
    team crew 400001 alice bob
} | slapd load
slapd start
"$support/service" start
mirrored
polled() { status_is state polling; }
within 30 polled
same() {
    userctl ldap sync corp >/dev/null
    holds "$1, polled" "$support/mirror-equals" --wait 30 "${@:2}" "$server"
}
same "the first load"
changes
container_renamed
slapd stop
