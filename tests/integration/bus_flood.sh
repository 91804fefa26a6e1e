#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An ordinary user who hangs up in the wrong moment six hundred times, or sends more than anybody needs, costs the daemon
# neither its place on the bus nor its memory.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

make_user bob
bob() { runuser -u bob -- python3 "$USERD_TOP/tests/integration/bus_flood.py" "$@"; }
owner() {
    busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus GetNameOwner s org.userd1
}
before=$(owner)

bob hang-up 600  # the broker lets a connection have 512 matches
equal "callers who hang up while they drop to a role do not throw the daemon off the bus" "$before" "$(owner)"
holds "and others still can" runuser -u bob -- busctl --system call org.userd1 /org/userd1 org.userd1.Manager AssumeRole s user

peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$("$support/service" pid)/status"; }
start=$(peak)
# sd-bus grows its buffer step by step: where each step is a copy, as with the sanitizers, 16 MiB take a second and more.
size=16
! sanitized || size=4
equal "arguments of $size MiB are refused" "{'LimitsExceeded': 32}" "$(bob heavy 8 $size)"
sanitized || holds "and never held side by side ($(($(peak) - start)) kB)" test $(($(peak) - start)) -lt 81920
equal "the daemon is still there" "$before" "$(owner)"
