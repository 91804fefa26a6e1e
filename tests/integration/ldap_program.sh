#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# userd-ldap alone, between a real slapd and a core of the test's own: where it goes on with a cookie, when it begins anew, what
# it names as gone, how it does without content synchronisation, and what it makes of a server's word on a password.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/directory.sh"

root=/root/ldap-root
run=/root/ldap-run
mkdir -p $root/etc/userd $root/run/userd $run/credentials
printf 'the password of userd\n' >$run/credentials/userd.ldap.corp
cat >$root/etc/userd/userd.yaml <<YAML
ldap:
  corp:
    uri: ["ldap://127.0.0.1:1", "ldapi://$server/socket"]
    insecure: true
    base: "$base"
    id_range: ["200000-499999"]
    timeout: 2s
    bind: {dn: "cn=userd,$base"}
YAML

# ask COMMAND…: a fresh core and a fresh userd-ldap; each COMMAND is a line for the core.
ask() {
    hang_up
    rm -f $root/run/userd/ldap $run/commands
    mkfifo $run/commands
    "$support/ldap-core" $root/run/userd/ldap <$run/commands >$run/heard 2>&1 &
    core=$!
    exec {commands}>$run/commands
    until [ -S $root/run/userd/ldap ]; do sleep 0.02; done
    USERD_ROOT=$root CREDENTIALS_DIRECTORY=$run/credentials "$USERD_BUILD/daemon/ldap/userd-ldap" >>$run/log 2>&1 &
    program=$!
    say "$@"
}
say() { printf '%s\n' "$@" >&"$commands"; }
hang_up() {
    [ -n "${core-}" ] || return 0
    say quit
    wait "$core" || true
    # It remembers nothing, and ends with the core.
    local status=0
    wait "$program" || status=$?
    [ $status = 0 ] || fail "userd-ldap ended with $status when the core hung up: $(tail -3 $run/log)"
    exec {commands}>&-
    core=
}
heard() { grep -E "$1" $run/heard; }
count() { grep -cE "$1" $run/heard || true; }
counts() { [ "$(count "$1")" = "$2" ]; }
present() { awk '$1 == "present" { n += $2 } END { print n + 0 }' $run/heard; }
hears() { within 30 heard "$1" || fail "not heard: $1, but: $(tail -20 $run/heard)"; pass "$2"; }
cookie() { heard '^point' | tail -1 | cut -d' ' -f4; }
tie() { heard '^refresh' | tail -1 | cut -d' ' -f2; }

# A log of two changes only: what is older asks for the presence of all.
slapd make --overlay ppolicy --line "limits dn.exact=\"cn=userd,$base\" size=unlimited"
sed -i 's/^syncprov-sessionlog .*/syncprov-sessionlog 2/' "$server/slapd.conf"
slapd seed
{
    "$support/directory-ldif" 5000 20
    person alice 300001 "userPassword: the password of alice"
} | slapd load
slapd start

ask "begin corp" quiet
hears '^point refreshed-rest 5021 ' "without a cookie everything comes, over the second server when the first is not there"
hears '^status following' "and then what changes"
zeroth=$(cookie) tie=$(tie)
slapd modify <<<"$(change "uid=person1,ou=people,$base" "replace: cn" "cn: Person One")"
hears '^point change 1 ' "a change comes by itself"
first=$(cookie)
slapd modify <<<"$(change "uid=alice,ou=people,$base" "replace: cn" "cn: Alice")"
within 30 counts '^point change' 2
slapd delete "uid=person7,ou=people,$base"
within 30 counts '^point change' 3

say "test corp alice"
hears '^step user good taken: uid=alice,.*\(alice, uid 300001' "a test finds a person"
heard '^step connect bad' >/dev/null || fail "a test does not say that the first server is away"
say "test corp *"
hears "^step user bad no entry is found for '\*'" "a name is a name, whatever is in it"

ask "begin corp $(cookie) $tie" quiet
hears '^point refreshed 0 ' "with the last cookie nothing comes"
ask "begin corp $first $tie"
hears '^point refreshed' "with an older one what changed"
counts '^user' 1 || fail "more came than changed: $(heard '^user')"
ask "begin corp $zeroth $tie"
hears '^point refreshed-rest 5020 ' "with one whose last change is nowhere any more, everything: the server may be an older copy"
for number in $(seq 10 15); do slapd delete "uid=person$number,ou=people,$base"; done
ask "begin corp $first $tie"
hears '^point refreshed-rest 1 ' "with one beyond the server's log who is still there"
equal "all of them, and what they stand below" 5017 "$(present)"

for broken in nonsense rid=000 rid=000,csn=nonsense; do
    ask "begin corp $broken $tie" quiet
    hears '^point refreshed-rest 5014 ' "a cookie that the server cannot read is none: $broken"
done
ask "begin corp rid=000,csn=20990101000000.000000Z#000000#000#000000 $tie" quiet
hears '^point refreshed-rest 5014 ' "nor is one that is newer than the server's data"
ask "begin corp $first another" quiet
hears '^point refreshed-rest 5014 ' "nor is one of another configuration"

say "whole corp"
within 30 counts '^point refreshed-rest 5014 ' 2
pass "everything comes anew when the core wants it"
say "hold 3" "whole corp"
within 30 counts '^point refreshed-rest 5014 ' 3
pass "a core that reads nothing for a while is waited for"

# Passwords.
alice=uid=alice,ou=people,$base
tab=$'\t'
say "bind${tab}corp${tab}$alice${tab}the password of alice"
hears '^verdict [0-9]+ ok' "a right password is right"
say "bind${tab}corp${tab}$alice${tab}another"
hears '^verdict [0-9]+ invalid' "a wrong one is wrong"
say "modify${tab}corp${tab}$alice${tab}the password of alice${tab}a new one of hers"
within 30 counts '^verdict [0-9]+ ok' 2
say "bind${tab}corp${tab}$alice${tab}a new one of hers"
within 30 counts '^verdict [0-9]+ ok' 3
pass "a password is changed on the server"

# Limits and rights: an answer that is cut short ends in no point.
slapd stop
slapd make --line "limits dn.exact=\"cn=userd,$base\" size=100" --overlay ppolicy
slapd start
ask "begin corp" quiet
hears '^status failed .*Size limit exceeded.*\| .*limits' "a limit is named, with what to do"
if heard '^point'; then fail "an answer that was cut short came to a point"; fi

# Without content synchronisation.
slapd stop
slapd make --no-sync --overlay ppolicy
slapd start
ask "begin corp" quiet
hears '^point refreshed-rest 5014 userd-poll:' "a server without content synchronisation is polled"
mark=$(cookie)
slapd delete "uid=person20,ou=people,$base"
ask "begin corp $mark $tie" quiet
hears '^point refreshed-rest [0-9]+ userd-poll:' "and goes on from where it was"
ask "begin corp $mark $tie"
hears '^point refreshed-rest' "by naming who is there"
equal "all of them" 5013 "$(present)"

# Without a password of its own, as who it is on this host.
sed -i 's/^    bind: .*/    bind: {sasl: external}/' $root/etc/userd/userd.yaml
ask "test corp"
hears '^step bind good by SASL' "SASL EXTERNAL needs no credential"
sed -i "s/^    bind: .*/    bind: {dn: \"cn=userd,$base\", credential: elsewhere}/" $root/etc/userd/userd.yaml
ask "test corp"
hears '^step bind bad the credential elsewhere: .* LoadCredential=elsewhere' "a credential that is not there is named"

hang_up
slapd stop
