#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A directory server that means ill: neither the daemon nor lookups nor logins of local users notice, and userd-ldap is back
# as soon as a good one is.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/directory.sh"

make_user local
slapd make
slapd seed
{
    for i in $(seq 50); do person "p$i" $((200000 + i)); done
    team everyone 400000 p1
} | slapd load
slapd start
mirrored "timeout: 2s"
same "the first load"
all=$(visible)

# Nanoseconds of the median of some thousand lookups, and of one login.
lookup_time() {
    python3 -c '
import pwd, time
times = []
for i in range(5000):
    start = time.perf_counter_ns()
    pwd.getpwnam("p%d" % (i % 50 + 1))
    times.append(time.perf_counter_ns() - start)
print(sorted(times)[2500])'
}
login_time() {
    local i start
    for i in 1 2 3; do
        start=$(date +%s%N)
        pam login local "$(password_of local)" "" -- authenticate acct_mgmt >/dev/null || fail "local does not get in"
        echo $(($(date +%s%N) - start))
    done | sort -n | sed -n 2p
}
as_fast() {
    [ "$3" -lt $(($2 * 10 + 2000000)) ] || fail "$1 took $3 ns, $2 before"
    pass "$1 is as fast"
}
lookup=$(lookup_time)
login=$(login_time)
core=$("$support/service" pid)

talked() { [ "$(wc -l <"/root/evil-$1")" -ge 2 ]; }
evil_port=4000
for kind in random lengths nested huge controls references silent drip; do
    evil_port=$((evil_port + 1))
    "$support/hostile-ldap" $evil_port $kind 2>/dev/null >/root/evil-$kind &
    evil=$!
    within 10 bash -c ": </dev/tcp/127.0.0.1/$evil_port"   # the first one
    mirrored "uri: [\"ldap://127.0.0.1:$evil_port\"]" "timeout: 2s"
    within 30 talked $kind
    as_fast "$kind: a lookup" "$lookup" "$(lookup_time)"
    as_fast "$kind: a login" "$login" "$(login_time)"
    equal "$kind: the same daemon" "$core" "$("$support/service" pid)"
    equal "$kind: the same users" "$all" "$(visible)"
    kill $evil
    wait $evil 2>/dev/null || true
done
mirrored "timeout: 2s"
change "$(dn_of p1)" "replace: displayName" "displayName: After all" | slapd modify
same "a good server again"
equal "and still the same daemon" "$core" "$("$support/service" pid)"
slapd stop
