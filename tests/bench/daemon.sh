#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Inside a private host whose store lies on a real disk: the daemon's rows of docs/performance.md.
set -eu
bin=$USERD_BUILD/tests/bench
service=$USERD_TOP/tests/support/service
store=/var/lib/userd/userd.db

resident() { awk '/^VmRSS/ {printf "%.1f MiB", $2 / 1024}' "/proc/$("$service" pid)/status"; }

# median COMMAND…: of 21 runs, the whole process.
median() {
    local i before after
    for ((i = 0; i < 21; i++)); do
        before=$(date +%s%N)
        "$@" >/dev/null
        after=$(date +%s%N)
        echo $(((after - before) / 10000))
    done | sort -n | awk '{ runs[NR] = $1 } END { printf "%.1f ms", runs[11] / 100 }'
}

with_users() {
    "$service" stop
    find /var/lib/userd -mindepth 1 -delete
    mkdir -p /etc/userd/userd.yaml.d
    printf 'ids: {ranges: [1950000000-1950099999]}\n' >/etc/userd/userd.yaml.d/bench.yaml
    setpriv --reuid userd --regid userd --clear-groups sh -c 'mkdir -m 755 /var/lib/userd/nss; exec "$@"' sh "$bin/fill_store" $store "$1"
    "$service" start   # makes the base
    "$service" stop
    sleep 0.5
    local before after
    before=$(date +%s%N)
    "$service" start
    after=$(date +%s%N)
    printf '%s users\n  start to ready                    %d ms\n' "$1" $(((after - before) / 1000000))
    sleep 2
    printf '  resident memory, idle             %s\n' "$(resident)"
    printf '  userctl list --limit 100          %s\n' "$(median userctl list --limit 100)"
    printf '  userctl search, ten or a hundred  %s\n' "$(median userctl search user424)"
    printf '  userctl search, everybody         %s\n' "$(median userctl search Number)"
    printf '  userctl list --sort last_login    %s\n' "$(median userctl list --sort -last_login)"
    "$bin/create_users" /var/lib/userd 500
    printf '  resident memory after that        %s\n' "$(resident)"
}

for users in 1000 100000; do with_users $users; done
