#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Inside a private host whose store lies on a real disk: a hundred users for each way to fail, three tries at each, which
# is below the threshold of a lock-out; then tell_apart.cpp. BENCH_TRIES: of each way.
set -eu
tell_apart=$USERD_BUILD/tests/bench/tell_apart
password=correct-horse-battery
umask 077
cd /root

printf 'auth required pam_userd.so\naccount required pam_userd.so\n' >/etc/pam.d/bench-userd
"$tell_apart" hash $password >own
# shellcheck disable=SC2016  # hashes
{
    echo '$6$rounds=1000$saltsaltsalt$'"$(printf 'x%.0s' {1..86})" >sha
    echo '$y$j75$k2XAnEHBqQ1Ct2aMXFKNa/HAmA1BpMnBsYHMWB4NZN4$kAc7Jychb./.H/dzvNt8ydLoYfdraazvPFCVC4.rwAD' >yescrypt
}

people() { # people NAME FIELDS: a hundred of them
    local i
    for i in {0..99}; do printf '  - {name: %s%d%s}\n' "$1" "$i" "$2"; done
}
{
    printf 'version: 1\nset: timing\nusers:\n'
    for name in plain suspended locked; do people $name ', password: {hash_file: own}'; done
    people expired ', password: {hash_file: own}, expires: 2020-01-01T00:00:00Z'
    people empty ', password: none'
    for name in sha yescrypt; do people $name ", password: {hash_file: $name}"; done
} >people.yaml
userctl apply -q people.yaml >/dev/null 2>notes || { cat notes >&2; exit 1; }
mapfile -t suspended < <(printf 'suspended%d\n' {0..99})
userctl suspend --keep-sessions -q "${suspended[@]}" >/dev/null
printf GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ >totp
for i in {0..99}; do userctl create -q coded$i --hash-file own --totp-file totp >/dev/null; done

printf 'ways to fail, %d tries of each in turns\n' "${BENCH_TRIES:-300}"
"$tell_apart" "${BENCH_TRIES:-300}" $password
