#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A credential goes to the right server alone: a certificate for another name, one that is over, or of an unknown authority,
# and a network that takes StartTLS away, are refused with a reason, and nobody on the wire has seen it. And no answer of a
# person becomes a filter, or an anonymous bind.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"

secret="the password of userd"
install -d -m 755 /root/tls
printf '127.0.0.1 ldap1.test.example.org\n' >>/etc/hosts
install -d -m 700 /etc/credstore
printf '%s' "$secret" >/etc/credstore/userd.ldap.corp
chmod 600 /etc/credstore/userd.ldap.corp

serve() { # KIND
    slapd stop
    slapd make --tls "$1" --global "allow bind_anon_dn" --access "to attrs=userPassword by anonymous auth by self =w by * none" \
        --access "to * by dn.exact=\"cn=userd,$base\" read by * none"
    slapd start
    install -m 644 $server/tls/known.pem /etc/ssl/known.pem
}
slapd make --tls right
slapd seed
{
    person alice 200001 "userPassword: the password of alice"
    team everyone 400000 alice
} | slapd load
serve right
proxied_port=$((port + 1)) proxied pass

bound=("bind: {dn: \"cn=userd,$base\", credential: userd.ldap.corp}" "insecure: false" "timeout: 2s")
by_tls() { mirrored "uri: [\"ldaps://ldap1.test.example.org:3990\"]" "tls: {ca: /etc/ssl/known.pem}" "${bound[@]}"; }
seen() { grep -c -a "$secret" $proxy/seen || true; }
refused() { # WHAT PATTERN
    local pattern=$2
    fails_so() { ldap_status problem | grep -qiE "$pattern"; }
    within 30 fails_so
    pass "$1 is refused: $(ldap_status problem)"
    equal "$1: and learns no credential" 0 "$(seen)"
    equal "$1: nor does it come encrypted" 0 "$(grep -c "BIND dn=\"cn=userd,$base\"" $server/log || true)"
    refuses "$1: nobody comes from there" 2 getent passwd "${3:-alice}"
}

for kind in other-name expired unknown-ca; do
    serve $kind
    by_tls
    case $kind in
    other-name) refused "another name" "is for elsewhere" ;;
    expired) refused "a certificate that is over" "expired|ended|over since|no longer" ;;
    unknown-ca) refused "an unknown authority" "not trusted" ;;
    esac
done

# StartTLS that the network takes away.
kill "$(cat $proxy/pid)"
rm -r $proxy
port=3890 proxied no-starttls
mirrored "uri: [\"ldap://ldap1.test.example.org:3990\"]" "tls: {ca: /etc/ssl/known.pem, starttls: true}" "${bound[@]}"
serve right
refused "a stripped StartTLS" "unavailable"
proxied pass
same "with it all comes"
equal "and nothing was to be read" 0 "$(seen)"

# TLS that ends in the middle of a refresh, by FIN without the close of TLS, and by RST: after the handshake and later.
for i in $(seq 60); do person "p$i" $((201000 + i)); done | slapd add
everybody_is_here() { [ "$(visible | wc -l)" = 61 ]; }
within 30 everybody_is_here
all=$(visible)
arrivals() { journalctl -q -t userd | grep -c 'userd-ldap .* is here'; }
came_again() { [ "$(arrivals)" -gt "$before" ]; }
followed() { status_is state following && [ -z "$(ldap_status problem)" ]; }
fails() { [ -n "$(ldap_status problem)" ]; }
begin_anew() { # without the wait of somebody who has failed
    proxied pass
    before=$(arrivals)
    pkill -KILL -x userd-ldap || true
    within 60 came_again
    within 60 followed
}
loses_nobody() { # MODE
    begin_anew
    proxied "$1"
    userctl ldap sync corp --full >/dev/null
    within 30 fails
    equal "$1: nobody vanishes" "$all" "$(visible)"
    equal "$1: or is suspended" 0 "$(userctl list --source ldap:corp --state suspended --json | grep -c '"name"' || true)"
}
for mode in "cut-bytes 9000" "reset-bytes 9000" "cut-bytes 16000" "reset-bytes 16000"; do loses_nobody "$mode"; done

# And so many entries on, by a server that closes TLS as it should, or only its connection.
kill "$(cat $proxy/pid)"
rm -r $proxy
proxied_tls="$server/tls/server.pem $server/tls/server.key"
port=3890 proxied pass
by_tls
for mode in "close 1" "close 20" "close 59" "cut 20" "reset 20"; do loses_nobody "$mode"; done
kill "$(cat $proxy/pid)"
rm -r $proxy
unset proxied_tls
port=3891 proxied pass
by_tls
begin_anew
same "and then all is as it was"
printf 'ldap: {other: {uri: ["ldap://ldap.example.org"], base: "dc=example,dc=org", id_range: ["300000-399999"]}}\n' \
    >/etc/userd/userd.yaml.d/zz-plain.yaml
refuses "plain text to another host is not even configured" any userctl config reload
rm /etc/userd/userd.yaml.d/zz-plain.yaml

# What people type.
for name in '*' 'alice)(uid=*' 'ali*' '\2a' 'alice,ou=people' "uid=alice,ou=people,$base" $'alice\x01' '(|(uid=*))'; do
    refuses "getent finds no $name" 2 getent passwd "$name"
    refuses "userctl finds no $name" any userctl get "$name"
    contains "test finds no $name" "no entry is found" "$(userctl ldap test corp "$name" 2>&1 || true)"
    refuses "nobody logs in as $name" any pam login "$name" "the password of alice" "" -- authenticate
done
holds "alice does" pam login alice "the password of alice" "" -- authenticate
binds() { grep -c "BIND dn=\"$(dn_of alice)\"" $server/log || true; }
bound_once() { [ "$(binds)" -ge 1 ]; }
within 10 bound_once
before=$(binds)
refuses "not without a password" any pam login alice "" "" -- authenticate
refuses "nor with a wrong one" any pam login alice wrong "" -- authenticate
wrong_one() { [ "$(binds)" -gt "$before" ]; }
within 10 wrong_one
equal "an empty password reaches no server, and a wrong one reaches it once" $((before + 1)) "$(binds)"
equal "which refuses it" 1 "$(grep -a -c "RESULT.*err=49" $server/log || true)"
slapd stop
kill "$(cat $proxy/pid)"
