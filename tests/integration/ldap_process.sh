#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# userd-ldap as a process that may die, hang or be taken over: what is mirrored stays, changes and logins go on when it is back.
. "$USERD_TOP/tests/support/assert.sh"
. "$USERD_TOP/tests/support/directory.sh"

service=$support/service
pid_of_ldap() { "$service" userd-ldap pid; }
shell_is() { [ "$(getent passwd ada | cut -d: -f7)" = "$1" ]; }
set_shell() { change "$(dn_of ada)" "replace: loginShell" "loginShell: $1" | slapd modify; }
log_in() { printf '%s\n\n' "$1" | pamtester login ada authenticate; }
userd_told() { journalctl -q -t userd -g "$1" | grep -q .; }

mkdir -p /etc/userd/userd.yaml.d
slapd make
slapd seed
{
    team everyone 400000
    person ada 200001 "userPassword: a long password"
} | slapd load
slapd start
mirrored "timeout: 2s"
within 20 getent passwd ada
pass "ada is there"
equal "it runs as its own user" userd-ldap "$(stat -c %U "/proc/$(pid_of_ldap)")"
holds "her password is the server's" log_in "a long password"

before=$(pid_of_ldap)
kill -9 "$before"
holds "killed, it is started again" "$service" userd-ldap wait "$before"
set_shell /bin/sh
within 20 shell_is /bin/sh
pass "and goes on where it was"
back() { [ "$(pid_of_ldap)" != "$before" ] && [ -n "$(pid_of_ldap)" ]; }
before=$(pid_of_ldap)
userctl config reload -q
within 20 back
set_shell /bin/bash
within 20 shell_is /bin/bash
pass "a reload starts it again too, and it goes on"

# The daemon itself.
before=$("$service" pid)
kill -9 "$before"
holds "killed, the daemon comes back" "$service" wait "$before"
set_shell /bin/sh
within 20 shell_is /bin/sh
pass "and so does userd-ldap to it"

# One that hangs: nobody waits for it for long, and what is here stays.
kill -STOP "$(pid_of_ldap)"
holds "lookups do not know" shell_is /bin/sh
refuses "a wrong password while it hangs gets nobody in" any log_in "another password"
within 20 userd_told 'no answer to a password in time'
pass "it is hung up on"
kill -KILL "$(pid_of_ldap)"
set_shell /bin/bash
within 20 shell_is /bin/bash
pass "its successor goes on"

# Whoever is not userd-ldap is turned away, and nonsense of userd-ldap itself ends its connection.
cat >/root/speak <<'TEXT'
import os, socket, struct, sys
os.setuid(int(sys.argv[1]))
core = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
core.settimeout(10)
core.connect("/run/userd/ldap")
frame = lambda kind, *fields: bytes([1, kind]) + b"".join(bytes([tag]) + struct.pack("<I", len(data)) + data for tag, data in fields)
items = lambda *of: b"".join(struct.pack("<I", len(item)) + item for item in of)
corp = (1, b"corp")
hello, refresh, change = frame(64, (1, b"0")), frame(66, corp, (3, b"\1")), frame(68, corp, (3, b"\1"))
batch = lambda *of: frame(67, corp, (2, items(*of)))
entry = lambda uuid, name: frame(69, (1, uuid), (2, b"\0"), (3, b"uid=" + name), (4, name), (5, struct.pack("<I", 200001)))
try:
    for bytes_to_send in eval(sys.argv[2]):
        core.send(bytes_to_send)
        if bytes_to_send == hello:
            while (heard := core.recv(65536)) and heard[1] != 48:
                pass
    print("closed" if core.recv(65536) == b"" else "heard")
except (BrokenPipeError, ConnectionResetError):
    print("closed")
TEXT
equal "root is not userd-ldap" closed "$(python3 /root/speak 0 '[hello]')"
"$service" userd-ldap stop
ldap=$(id -u userd-ldap)
for frames in '[refresh]' '[hello, hello]' '[hello, b"\1"]' '[hello, b"\0" * 5000]' '[hello, frame(66, corp, corp)]' '[hello, frame(48, corp)]' \
    '[hello, frame(67, corp, (2, b"\xff\xff\xff\x7fx"))]' '[hello, refresh, batch(b"\1\x45garbage"), change]' \
    '[hello, refresh, batch(entry(b"0" * 16, b"x" * 60)[:-4]), change]' '[hello, refresh, batch(frame(72, (1, items(b"0")))), change]' \
    '[hello, frame(74, (1, b"\xff" * 8), (2, b"\1"))]' '[hello, frame(68, corp, (3, b"\3"))]' \
    '[hello, frame(66, (1, b"another"), (3, b"\1"))]'; do
    equal "hung up on: $frames" closed "$(python3 /root/speak "$ldap" "$frames")"
done
holds "ada is where she was" shell_is /bin/bash
"$service" userd-ldap start
set_shell /bin/sh
within 20 shell_is /bin/sh
pass "and the right one is let in again"
