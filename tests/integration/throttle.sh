#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Wrong tries, by real PAM: a flood gets no more checks than the threshold, right logins at once lock nobody, who comes from
# a known network or from the host itself is never locked out by strangers, a hundred in a row stop strangers for good; the
# counters hold over kill -9 and a clock that is set; and five hundred logins at once leave room for a right one.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"
. "$USERD_TOP/tests/support/clock.sh"

own_clock
kill_daemon() {
    local killed
    killed=$("$support/service" pid)
    kill -9 "$killed"
    "$support/service" wait "$killed"
}

# try NAME PASSWORD FROM: one login, from an address or "here".
try() {
    local from=()
    [ "$3" = here ] || from=(-I "rhost=$3")
    printf '%s\n\n' "$2" | pamtester "${from[@]}" login "$1" authenticate 2>&1
}
right() { try "$1" "$(password_of "$1")" "$2"; }
# flood NAME COUNT NETWORK: wrong ones, all at once.
flood() {
    local number
    for number in $(seq "$2"); do { try "$1" "wrong $number" "$3.$((number % 250))" >/dev/null || true; } & done
    wait
}

# Two hundred wrong ones at once, from a network that alice never came from.
make_user alice --mfa off
holds "alice logs in from her network" right alice 198.51.100.7
flood alice 200 203.0.113
equal "each of 200 wrong tries is in the trail" 200 "$(denied alice)"
equal "five of them were checked" 5 "$(denied alice bad-password)"
refuses "now a right one from a third network is refused" any right alice 192.0.2.1
holds "her own network is not locked out" right alice 198.51.100.99
holds "nor is the host itself" right alice here
equal "the list of the locked has her" alice "$(userctl list --locked --columns name --json=lines | sed 's/.*"name":"\([^"]*\)".*/\1/')"

# Forty right ones at once, from forty networks that share one counter.
make_user bob --mfa off
rm -rf /tmp/in && mkdir /tmp/in
for number in $(seq 40); do { right bob "10.0.$number.1" >/dev/null && touch "/tmp/in/$number"; } & done
wait
equal "forty right ones at once get in" 40 "$(ls /tmp/in | wc -l)"
equal "and lock nobody" null "$(userctl get bob --json | sed -n 's/.*"locked_until": *\([^,}]*\).*/\1/p')"

# What is counted stays counted.
make_user carol --mfa off
tries_of_carol() { userctl explain carol --service login --from 203.0.113.1 | grep -o '[0-9] wrong tr[a-z]* of 5'; }
flood carol 3 203.0.113
equal "three wrong ones" "3 wrong tries of 5" "$(tries_of_carol)"
kill_daemon
equal "after kill -9" "3 wrong tries of 5" "$(tries_of_carol)"
for offset in 86400 -86400; do
    move_clock $offset
    equal "with the clock $offset s away" "3 wrong tries of 5" "$(tries_of_carol)"
done
move_clock 0
flood carol 2 203.0.113
locked() {
    refuses "$1" any right carol 203.0.113.1
    contains "by the counter" "locked until" "$(userctl explain carol --service login --from 203.0.113.1 2>&1 || true)"
}
locked "two more lock"
move_clock 86400
locked "a day ahead it is locked"
kill_daemon
move_clock -86400
locked "two days back it is"
move_clock 0
locked "and where it was, after kill -9"
left=$(($(date -d "$(userctl get carol -p locked_until)" +%s) - $(date +%s)))
holds "for no longer than before ($left s)" test $left -gt 0 -a $left -le 900
holds "an admin unlocks" userctl unlock carol
holds "and it is open" right carol 203.0.113.1

# A stop: with lock-outs of a second, and six instead of a hundred.
make_user dave --mfa off
holds "dave logs in from his network" right dave 198.51.100.7
mkdir -p /etc/userd/userd.yaml.d
printf 'lockout: {failures: 2, duration: 1s, longest: 1s, stop_after: 6}\n' >/etc/userd/userd.yaml.d/lockout.yaml
holds "other rules are taken" userctl config reload
stopped() {
    flood dave 2 203.0.113
    userctl explain dave --service login --from 203.0.113.1 | grep -q 'until an admin unlocks'
}
within 60 stopped
equal "after six checks" 6 "$(denied dave bad-password)"
equal "the trail tells of it once" 1 "$(userctl log dave --all --json=lines --columns action | grep -c login.stopped)"
contains "the journal too" "cannot log in to dave until userctl unlock dave" "$(journalctl -q -t userd --no-pager)"
rm /etc/userd/userd.yaml.d/lockout.yaml
userctl config reload >/dev/null
told() {
    contains "$1: get" '9999-12-31T23:59:59Z' "$(userctl get dave -p locked_until)"
    contains "status" '"stopped_accounts":1' "$(userctl status --json=short)"
    contains "metrics" 'userd_stopped_accounts 1' "$(userctl metrics)"
    refuses "a stranger with the right password" any right dave 192.0.2.1
    holds "not his network" right dave 198.51.100.8
    holds "nor the host" right dave here
}
told "it is stopped"
refuses "monitoring hears of it" 1 userctl status --check
kill_daemon
move_clock 86400
told "after kill -9 and a day"
move_clock 0
holds "an admin unlocks" userctl unlock dave
holds "strangers may try again" right dave 192.0.2.1

# Five thousand connections of somebody who has no business there, and says nothing.
python3 - >/run/held <<'PY' &
import os, resource, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
os.setresuid(65534, 65534, 65534)
held = []
for _ in range(5000):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect("/run/userd/login")
    held.append(client)
print("held", flush=True)
time.sleep(600)
PY
idle=$!
within 60 grep -q held /run/held
begin=$SECONDS
holds "with 5,000 idle connections a login goes on" right bob here
holds "at once" test $((SECONDS - begin)) -lt 5
kill $idle
wait $idle 2>/dev/null || true

# Five hundred at once, with the memory that the unit allows: a flood from one network at twenty names, and right ones.
pid=$("$support/service" pid)
peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status"; }
limit=$((160 << 20))   # MemoryMax= of userd.service
grep -q '^MemoryMax=160M' /usr/lib/systemd/system/userd.service || fail "userd.service has another MemoryMax"
sanitized || setpriv --reuid userd --regid userd --clear-groups prlimit --pid "$pid" --data=$limit
for number in $(seq 498); do
    { try "$([ $((number % 20)) = 0 ] && echo alice || echo "ghost$((number % 20))")" "wrong $number" "203.0.113.$((number % 250))" >/dev/null || true; } &
done
echo "  ($(userctl status --json=short | grep -o '"hashes_waiting":[0-9]*') of them)"
# in_time WHAT COMMAND…: it succeeds, and in less than 10 s.
in_time() {
    local begin=$SECONDS took
    holds "$@"
    took=$((SECONDS - begin))
    sanitized || holds "in less than 10 s ($took s)" test $took -lt 10
}
in_time "among 500 logins at once a right one gets in" right bob here
in_time "and one from the very network of the flood" right carol 203.0.113.200
wait
equal "it is the same process" "$pid" "$("$support/service" pid)"
sanitized || holds "whose memory stayed within the unit's limit ($(peak) KiB)" test $(($(peak) * 1024)) -lt $limit
holds "and that goes on" right bob here
