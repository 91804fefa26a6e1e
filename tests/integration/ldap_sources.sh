#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Several directory servers. Of two sources each has its own numbers, names, passwords and troubles; of two servers of one
# source the second stands in for the first, and a wrong password is wrong at one of them.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"

other=/root/other
other() { "$support/slapd" $other "$@"; }
source_yaml() { # NAME URIS RANGES
    printf '  %s: {uri: [%s], base: "%s", id_range: [%s], insecure: true, enumerate: true, timeout: 2s, bind: {dn: "%s", credential: %s}}\n' \
        "$1" "$2" "$base" "$3" "cn=userd,$base" userd.ldap.corp
}
configure() { # LINE…
    { echo "ldap:"; printf '%s\n' "$@"; } >/etc/userd/userd.yaml.d/ldap.yaml
    userctl config reload -q >/dev/null
}
corp_ids='"200000-299999", "400000-499999"' lab_ids='"300000-399999", "500000-599999"'
first='"ldap://127.0.0.1:3890"' second='"ldap://127.0.0.1:3895"'
of() { # SOURCE FIELD
    userctl ldap status --json | python3 -c '
import json, sys
told = json.load(sys.stdin)
rows = told if isinstance(told, list) else next(v for v in told.values() if isinstance(v, list))
print(next(row for row in rows if row["name"] == sys.argv[1]).get(sys.argv[2]) or "")' "$1" "$2"
}
is_at() { [[ $(of corp server) == *":$1" && $(of corp state) == following ]]; }
lab_same() { holds "$1" "$support/mirror-equals" --wait 30 --source lab --ids 300000-399999,500000-599999 "${@:2}" $other; }
binds() { grep -c "BIND dn=\"uid=$2,.*method=128" "$1/log" || true; } # FOLDER NAME

mkdir -p /etc/userd/userd.yaml.d
install -d -m 700 /etc/credstore
(umask 077 && printf 'the password of userd' >/etc/credstore/userd.ldap.corp)
access=(--access "to attrs=userPassword by anonymous auth by * none" --access "to * by * read")
userctl create here --no-password -q >/dev/null
slapd make "${access[@]}"
slapd seed
{
    person alice 200001 "userPassword: the password of alice"
    person both 200002
    team everyone 400000 alice
} | slapd load
slapd start
other make --port 3895 "${access[@]}"
other seed
{
    person lisa 300001 "gidNumber: 500000" "userPassword: the password of lisa"
    team crowd 500000 lisa
} | other load
other start

# Two sources.
configure "$(source_yaml corp "$first" "$corp_ids")" "$(source_yaml lab "$second" "$lab_ids")"
same "one source"
lab_same "and the other"
{
    person both 300002 "gidNumber: 500000"
    person here 300003 "gidNumber: 500000"
    person foreign 200003 "gidNumber: 500000"
    person leo 300004 "gidNumber: 500000"
} | other add
lab_same "who came first keeps the name" --but both,here,foreign
equal "of the first source" 200002 "$(id -u both)"
equal "and of the host" local "$(userctl get here -p source)"
left_out=$(userctl ldap quarantine lab --all --json)
for name in both here foreign; do contains "$name is in quarantine there" "uid=$name,ou=people" "$left_out"; done
lacks "and not at the first" "uid=" "$(userctl ldap quarantine corp --all --json)"
holds "alice logs in" pam login alice "the password of alice" "" -- authenticate
holds "lisa logs in" pam login lisa "the password of lisa" "" -- authenticate
equal "each at their own server" "1 0 0 1" "$(binds $server alice) $(binds $other alice) $(binds $server lisa) $(binds $other lisa)"
userctl ldap sync corp --full -q >/dev/null
userctl ldap sync lab --full -q >/dev/null
same "both anew at once"
lab_same "both" --but both,here,foreign
slapd delete "$(dn_of both)"
same "when the first has gone" --vanished
other stop
lab_fails() { [ -n "$(of lab problem)" ]; }
within 30 lab_fails
change "$(dn_of alice)" "replace: displayName" "displayName: Alice" | slapd modify
same "one server is away: the other source goes on" --vanished
equal "and nobody of it vanishes" 300001 "$(id -u lisa)"
equal "the trouble is its own" "" "$(of corp problem)"
slapd stop

# Two servers of one source: copies of each other.
rm -rf $other/db
cp -a $server/db $other/db
slapd start
other start
: >$other/log
: >$server/log
configure "$(source_yaml corp "$first, $second" "$corp_ids")"
first_serves() { is_at 3890; }
second_serves() { is_at 3895; }
within 30 first_serves
refuses "a wrong password is wrong" any pam login alice wrong "" -- authenticate
equal "at one server alone" "1 0" "$(binds $server alice) $(binds $other alice)"
slapd stop
within 30 second_serves
pass "the second server stands in"
holds "and says whether a password is right" pam login alice "the password of alice" "" -- authenticate
equal "itself" 1 "$(binds $other alice)"
slapd start
within 150 first_serves
pass "the first one is gone back to"
change "$(dn_of alice)" "replace: displayName" "displayName: Alice again" | slapd modify
same "and its changes come" --vanished
slapd stop
other stop
