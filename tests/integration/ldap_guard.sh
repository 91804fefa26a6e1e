#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nobody vanishes because a server, the network or a setting of it failed: not of a refresh that is cut, not of an empty
# answer, a lost right or a size limit. What would remove many waits for an admin.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/directory.sh"

slapd make --access "to attrs=userPassword by anonymous auth by * none" --access "to * by * read"
slapd seed
{
    for i in $(seq 60); do person "p$i" $((200000 + i)); done
    team everyone 400000
    team crew 400001 p1 p2
} | slapd load
slapd start
proxied pass
mirrored 'uri: ["ldap://127.0.0.1:3990"]' "timeout: 2s"
same "the first load"
all=$(visible)
equal "sixty" 60 "$(wc -l <<<"$all")"

everybody() {
    equal "$1: nobody vanishes" "$all" "$(visible)"
    equal "$1: or is suspended" 0 "$(userctl list --source ldap:corp --state suspended --json | grep -c '"name"' || true)"
    contains "$1: or leaves a group" p1,p2 "$(getent group crew)"
}
connections() { wc -l <$proxy/connections; }
more_connections() { [ "$(connections)" -gt "$1" ]; }
fails() { [ -n "$(ldap_status problem)" ]; }
works() { status_is state following && [ -z "$(ldap_status problem)" ]; }

# again MODE: connects anew, and asks for everything, in this mode; until it was tried twice.
again() {
    local before
    proxied "$@"
    before=$(connections)
    pkill -KILL -x userd-ldap || true
    within 20 more_connections "$before"
    userctl ldap sync corp --full >/dev/null 2>&1 || true
    within 30 more_connections $((before + 1))
}
# What ends a refresh: FIN or RST after some entries, at once, or in the middle of one.
for mode in "cut 0" "cut 10" "reset 30" "cut-bytes 9000" refuse; do
    again "$mode"
    everybody "$mode"
    within 20 fails
done
pass "the status tells: $(ldap_status problem)"
again silent
everybody silent
proxied pass
within 60 works
everybody "back again"

# A server that says with success that there is nobody.
proxied no-entries
userctl ldap sync corp --full >/dev/null
held() { [ "$(ldap_status held)" = "$1" ]; }   # "": nothing is held
most_held() { local number; number=$(ldap_status held); [ "${number:-0}" -ge 60 ]; }
within 30 most_held
everybody "an empty answer"
refuses "another number is not confirmed" any userctl ldap confirm corp --removals 59
everybody "so"
proxied pass
userctl ldap sync corp --full >/dev/null
within 30 held ''
same "full again: nothing is held"

# A right that is lost.
slapd access "to dn.subtree=\"ou=people,$base\" by * none" "to * by * read"
userctl ldap sync corp --full >/dev/null
within 30 most_held
everybody "a lost right"
slapd access "to attrs=userPassword by anonymous auth by * none" "to * by * read"
userctl ldap sync corp --full >/dev/null
within 30 held ''
slapd access "to attrs=entry,uid,objectClass by * read" "to * by * none"
userctl ldap sync corp --full >/dev/null
all_quarantined() { [ "$(ldap_status quarantined)" -ge 60 ]; }
within 30 all_quarantined
everybody "a right to some attributes"
slapd access "to attrs=userPassword by anonymous auth by * none" "to * by users read by * none"
again pass
fails_or_holds() { fails || most_held; }
within 30 fails_or_holds
everybody "not for anonymous ones any more"
slapd access "to attrs=userPassword by anonymous auth by * none" "to * by * read"
again pass
within 60 works
same "and again"

# A limit on the size of answers.
slapd config <<'LDIF'
dn: olcDatabase={1}mdb,cn=config
changetype: modify
replace: olcLimits
olcLimits: anonymous size=10

LDIF
again pass
within 30 fails
everybody "a size limit"
contains "which the status names" size "$(ldap_status problem | tr '[:upper:]' '[:lower:]')"
slapd config <<'LDIF'
dn: olcDatabase={1}mdb,cn=config
changetype: modify
delete: olcLimits

LDIF
again pass
within 60 works

# Many who really went.
proxied refuse
pkill -KILL -x userd-ldap || true
for i in $(seq 20); do dn_of "p$i"; done | slapd delete
proxied pass
within 60 held 20
everybody "twenty at once"
contains "the guard says what to do" "userctl ldap confirm corp --removals 20" "$(userctl ldap status 2>&1)"
userctl ldap confirm corp --removals 20 --dry-run >/dev/null
everybody "a dry run"
holds "an admin confirms" userctl ldap confirm corp --removals 20
same "then they are gone" --vanished
equal "suspended, for a time" suspended "$(userctl get p7 -p state)"
contains "which the audit trail tells" ldap.confirm "$(userctl log --json 2>/dev/null || userctl audit --json)"
slapd delete "$(dn_of p30)"
same "one more needs nobody" --vanished
person p30 200030 | slapd add
same "who comes back as another" --vanished
slapd stop
kill "$(cat $proxy/pid)"
