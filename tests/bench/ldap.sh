#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Inside a private host whose store lies on a real disk: a directory server with 100,000 users and 10,000 groups, mirrored.
# The server's data lies in memory and it logs nothing.
set -eu
support=$USERD_TOP/tests/support
. "$support/directory.sh"
users=${USERD_BENCH_USERS:-100000}
groups=$((users / 10))
last=person$((users - 1))
changes=$USERD_TOP/tests/bench/ldap_changes.py
export USERD_TOP

now() { date +%s%N; }
since() { awk -v "t=$(($(now) - $1))" 'BEGIN { printf "%.2f s", t / 1e9 }'; }
peak() { awk '/^VmHWM/ {printf "%.1f MiB", $2 / 1024}' "/proc/$1/status"; }
idle() { awk '/^VmRSS/ {printf "%.1f MiB", $2 / 1024}' "/proc/$1/status"; }
cpu() { awk '{printf "%.2f s", ($14 + $15) / 100}' "/proc/$1/stat"; }
core() { "$support/service" pid; }
helper() { pgrep -x userd-ldap; }
until_true() { # SECONDS COMMAND…
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $until ]; then
            echo "not within the time: $*" >&2
            userctl ldap status >&2
            journalctl --no-pager -q -n 20 >&2
            exit 1
        fi
        sleep 0.005
    done
}

slapd make --log none
slapd seed
"$support/directory-ldif" "$users" "$groups" | slapd load
slapd start
before=$(now)
ldapsearch -x -LLL -H "ldap://127.0.0.1:$port" -b "$base" -E sync=ro '*' entryUUID >/dev/null
printf '%s users, %s groups\n  ldapsearch, all of it             %s\n' "$users" "$groups" "$(since "$before")"

# From nothing.
mkdir -p /etc/userd/userd.yaml.d
mirrored "guard: 10%"
"$support/service" stop
find /var/lib/userd -mindepth 1 -delete
systemd-tmpfiles --create --prefix=/var/lib/userd
sleep 1 # userd-ldap ended with userd, and is started again after a pause of its unit
until_true 10 helper
before=$(now)
"$support/service" start
until_true 300 getent passwd "$last"
printf '  from empty to all visible         %s\n' "$(since "$before")"
"$support/mirror-equals" "$server" >/dev/null && echo "  all is as on the server"
printf '  peak memory: userd-ldap           %s (CPU %s)\n' "$(peak "$(helper)")" "$(cpu "$(helper)")"
printf '  peak memory: userd                %s (CPU %s)\n' "$(peak "$(core)")" "$(cpu "$(core)")"

printf '  one change, after the answer      %s\n' "$(python3 "$changes" "$server" one 200)"
printf '  5,000 changes in a burst          %s\n' "$(python3 "$changes" "$server" burst 5000)"
printf '  5,000 again                       %s\n' "$(python3 "$changes" "$server" burst 5000)"
printf '  peak memory: userd-ldap           %s\n' "$(peak "$(helper)")"
printf '  peak memory: userd                %s\n' "$(peak "$(core)")"

sleep 2
for _ in 1 2 3; do
    "$support/service" stop
    sleep 0.5
    before=$(now)
    "$support/service" start
    ready=$(since "$before")
    until_true 60 status_is state following
    printf '  restart: ready, following         %s, %s\n' "$ready" "$(since "$before")"
done
printf '  bytes that the server sent for it %s\n' \
    "$(ss -Htin "dport = :$port" | sed -n 's/.*bytes_received:\([0-9]*\).*/\1/p' | sort -n | tail -1)"
printf '  resident, idle: userd-ldap, userd %s, %s\n' "$(idle "$(helper)")" "$(idle "$(core)")"
"$support/mirror-equals" --wait 10 "$server"
slapd stop
