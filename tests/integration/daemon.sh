#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The daemon as a process: whose it is, what it has open, what a liar costs it, and that it comes back.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/people.sh"

# Under sanitizers what was freed stays in a quarantine, and would be counted.
! sanitized || "$support/service" restart ASAN_OPTIONS=quarantine_size_mb=1
pid=$("$support/service" pid)
field() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status"; }
resident() { field VmRSS | cut -d' ' -f1; }

equal "it runs as userd alone" "$(id -u userd)" "$(field Uid | tr '\t' '\n' | sort -u)"
equal "no capability" "0000000000000000" "$(field CapEff)"
equal "none to gain" "0000000000000000" "$(field CapBnd)"
equal "no new privileges" 1 "$(field NoNewPrivs)"
equal "no socket but Unix ones" "" "$(nsenter --target "$pid" --net cat /proc/net/{tcp,tcp6,udp,udp6,raw,raw6,packet} | grep -v 'sl\|sk ' || true)"

for name in login keys admin; do
    case $name in
    login) owner="666 root:root" ;;
    keys) owner="660 root:userd-keys" ;;
    admin) owner="600 root:root" ;;
    esac
    equal "/run/userd/$name" "$owner" "$(stat -c '%a %U:%G' /run/userd/$name)"
done
equal "the store is its own" "600 userd:userd" "$(stat -c '%a %U:%G' /var/lib/userd/userd.db)"
equal "the key is its own" "600 userd:userd" "$(stat -c '%a %U:%G' /var/lib/userd/key)"
equal "the snapshot is everybody's" "755 userd:userd" "$(stat -c '%a %U:%G' /var/lib/userd/nss)"

# Clients that claim 120 MiB, on each socket, a hundred times: nothing is set aside for a claim.
before=$(resident)
python3 - <<'PY'
import socket, struct
def sent(path, kind, *parts):
    for _ in range(100):
        client = socket.socket(socket.AF_UNIX, kind)
        client.settimeout(5)
        client.connect(path)
        try:
            for part in parts:
                client.send(part)
        except OSError:
            pass
claim = struct.pack("<I", 120 << 20)
for path in ("/run/userd/login", "/run/userd/keys"):
    sent(path, socket.SOCK_SEQPACKET, b"\1\1" + b"\1" + claim, b"\1\1\xff" + claim * 500)
# The bus protocol: a message whose header claims a body of 120 MiB, after the authentication that every peer gets.
header = b"l\1\0\1" + struct.pack("<III", 120 << 20, 1, 0)
sent("/run/userd/admin", socket.SOCK_STREAM, b"\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", header)
PY
equal "it is still the same process" "$pid" "$("$support/service" pid)"
grown=$(($(resident) - before))
holds "it grew by less than 8 MiB (by $grown KiB)" test "$grown" -lt 8192

# Ten of them at once on one socket, while they are held open. The memory of sd-bus is set aside for the claim, and not touched.
reserved() { field VmSize | cut -d' ' -f1; }
hold_ten() { # hold_ten SOCKET; the process is $holder
    rm -f /run/held
    python3 - "$1" >/run/held <<'PY' &
import socket, struct, sys, time
path = "/run/userd/" + sys.argv[1]
claim = 120 << 20
kind, parts = socket.SOCK_SEQPACKET, [b"\1\1" + b"\1" + struct.pack("<I", claim)]
if path.endswith("admin"):
    kind = socket.SOCK_STREAM
    parts = [b"\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", b"l\1\0\1" + struct.pack("<III", claim, 1, 0) + bytes(60000)]
held = []
for _ in range(10):
    client = socket.socket(socket.AF_UNIX, kind)
    client.connect(path)
    for part in parts:
        client.sendall(part)
    held.append(client)
print("held", flush=True)
time.sleep(600)
PY
    holder=$!
    within 60 grep -q held /run/held
    userctl get root >/dev/null 2>&1 || true   # asked after them all, and answered: they have been read
}
for name in login keys admin; do
    measure=reserved most=$((120 << 10))
    [ $name != admin ] || measure=resident most=8192
    before=$($measure)
    hold_ten $name
    grown=$(($($measure) - before))
    sanitized || holds "ten at $name, held open, take less than one claims (${grown} KiB $measure)" test "$grown" -lt "$most"
    kill $holder
    wait $holder 2>/dev/null || true
done

make_user alice
kill -9 "$pid"
holds "lookups go on when it dies" getent passwd alice
"$support/service" wait "$pid"
holds "it is a new process" test "$("$support/service" pid)" != "$pid"
holds "and knows what it knew" userctl get alice

"$support/service" stop
refuses "userctl says so when nobody answers, and in time" 7 timeout 8 userctl --timeout 2s list
