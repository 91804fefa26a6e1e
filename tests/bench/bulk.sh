#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Inside a private host whose store lies on a real disk: the rows of docs/performance.md about many users at once.
# BENCH_RUNS: how often each is measured; the median is shown.
set -eu
bin=$USERD_BUILD/tests/bench
service=$USERD_TOP/tests/support/service
store=/var/lib/userd/userd.db
runs=${BENCH_RUNS:-3}
cd /root

# fresh COUNT: the daemon with an empty store, or one of COUNT users.
fresh() {
    "$service" stop
    find /var/lib/userd -mindepth 1 -delete
    mkdir -p /etc/userd/userd.yaml.d
    printf 'ids: {ranges: [1900000000-1950099999], accept: [2000000000-2000099999]}\n' >/etc/userd/userd.yaml.d/bench.yaml
    setpriv --reuid userd --regid userd --clear-groups sh -c 'mkdir -m 755 /var/lib/userd/nss; exec "$@"' sh \
        "$bin/fill_store" $store "$1"
    "$service" start
}

peak() { awk '/^VmHWM/ {printf "%.0f", $2 / 1024}' "/proc/$("$service" pid)/status"; }
generation() { userctl status --json | sed -n 's/.*"generation": *\([0-9]*\).*/\1/p'; }
wal() { stat -c %s $store-wal; }

# timed STATUS COMMAND…: "milliseconds processor MiB" of the process, the processor's time (in milliseconds) with the
# daemon's; it must end with that status.
timed() {
    python3 - "$("$service" pid)" "$@" <<'PY'
import os, sys, time
daemon, status, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
def spent():
    fields = open(f"/proc/{daemon}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
before = spent()
start = time.monotonic()
child = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, ended, usage = os.wait4(child, 0)
took = time.monotonic() - start
if os.waitstatus_to_exitcode(ended) != status:
    sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(ended)}")
processor = (usage.ru_utime + usage.ru_stime) * 1000 + spent() - before
print(round(took * 1000, 1), round(processor), round(usage.ru_maxrss / 1024))
PY
}
middle() { sort -n | awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }'; }
several() { for ((run = 0; run < runs; run++)); do timed "$@" 2>/dev/null; done | middle; }
# row NAME "TIMED" TARGET
row() {
    local took processor memory
    read -r took processor memory <<<"$2"
    printf '  %-40s %8s ms  %6s ms of a processor  %4s MiB  %s\n' "$1" "$took" "$processor" "$memory" "${3:-}"
}
floor() { for ((run = 0; run < runs; run++)); do "$bin/write_rows" "$(mktemp -d /var/lib/userd/floor.XXXX)" "$1"; done | middle; }

people() { # people FORM FIRST COUNT
    python3 - "$@" <<'PY'
import sys
form, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if form == "csv":
    print("name,first_name,last_name,email,phone,groups,tags")
    for i in range(first, first + count):
        print(f"p{i},Paula,Person {i},p{i}@example.org,0044{i:010d},people;team{i % 100},staff")
else:
    print(f"version: 1\nset: bench{first}\nusers:")
    for i in range(first, first + count):
        print(f"  - name: p{i}\n    first_name: Paula\n    last_name: Person {i}\n    email: p{i}@example.org\n"
              f'    phone: "0044{i:010d}"\n    groups: [people, team{i % 100}]\n    tags: [staff]')
PY
}
groups() {
    { echo 'version: 1'; echo 'set: groups'; echo 'groups: [{name: people}'; seq -f ', {name: team%g}' 0 99; echo ']'; } >groups.yaml
    userctl apply -q groups.yaml >/dev/null
}

printf 'userctl\n'
row 'userctl --version' "$(several 0 userctl --version)"

printf 'import of 10,000 users from CSV\n'
fresh 0
groups
before=$(peak)
for ((run = 0; run < runs; run++)); do
    people csv $((run * 10000)) 10000 >in.csv
    timed 0 userctl import in.csv
done >times
row 'import' "$(middle <times)" 'target ≤ 1,500 ms'
row 'the same rows in bare SQLite, durable' "$(floor 10000)"
printf '  %-44s %8s → %s MiB\n' 'peak of userd, before and after' "$before" "$(peak)"

printf 'state file of 20,000 users\n'
: >diffs
: >times
people yaml 0 20000 >in0.yaml
for ((run = 0; run < runs; run++)); do
    fresh 0
    groups
    timed 10 userctl diff in0.yaml >>diffs 2>/dev/null
    timed 0 userctl apply in0.yaml >>times 2>/dev/null
done
row 'validate' "$(several 0 userctl validate in0.yaml)"
row 'diff, all new' "$(middle <diffs)" 'target ≤ 3,000 ms, ≤ 100 MiB'
row 'apply, all new' "$(middle <times)" 'target ≤ 3,000 ms, ≤ 100 MiB'
row 'the same rows in bare SQLite, durable' "$(floor 20000)"
was="$(generation) $(wal)"
row 'diff, nothing to change' "$(several 0 userctl diff in0.yaml)" 'target ≤ 1,000 ms'
row 'apply, nothing to change' "$(several 0 userctl apply in0.yaml)" 'target ≤ 1,000 ms'
[ "$was" = "$(generation) $(wal)" ] || printf '  MISSED: an apply of what is there has written (%s, now %s %s)\n' "$was" "$(generation)" "$(wal)"
printf '  %-44s %8s MiB\n' 'peak of userd' "$(peak)"

printf 'meanwhile, an apply of 20,000 new users\n'
people yaml 900000 20000 >in.yaml
printf '  %-44s %s\n' 'lookups, quiet' "$("$bin/steady" p1 3)"
"$bin/steady" p1 5 >lookups &
reader=$!
userctl apply in.yaml >/dev/null 2>&1 &
writer=$!
while kill -0 $writer 2>/dev/null; do timed 0 userctl get p1; done >waits
wait $reader $writer
printf '  %-44s %s\n' 'lookups' "$(cat lookups)"
printf '  %-44s %8s ms\n' 'the longest wait for another answer' "$(sort -n waits | tail -1 | cut -d' ' -f1)"

members() { # members COUNT: a state file with a group of so many
    printf 'version: 1\nset: big\ngroups: [{name: big, members: ['
    seq -s, -f 'user%.0f' 0 $(($1 - 1))
    echo ']}]'
}

for count in 10000 100000; do
    fresh $count
    printf '%s users\n' $count
    members 5000 >big.yaml
    members 4900 >less.yaml
    row 'a new group of 5,000 members' "$(timed 0 userctl apply big.yaml)"
    row '100 of them go' "$(timed 0 userctl apply less.yaml)"
    row 'list --limit 100' "$(several 0 userctl list --limit 100)" 'target ≤ 20 ms at 100,000'
    row 'search' "$(several 0 userctl search user424)" 'target ≤ 40 ms at 100,000'
    row 'list --all' "$(several 0 userctl list --all)"
    row 'export' "$(several 0 userctl export --json)"
    row 'check' "$(several 0 userctl check)"
done
