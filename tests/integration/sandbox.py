#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""sandbox.py TRACE: of what strace saw, the system calls of the daemon that its unit would not let through."""
import configparser
import re
import subprocess
import sys

UNIT = "/usr/lib/systemd/system/userd.service"


def call_set(name):
    """The system calls of an @group, with those of the groups in it."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], check=True, capture_output=True,
                          text=True).stdout
    names = [line.strip() for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(call_set(n) if n.startswith("@") else {n} for n in names))


def allowed_calls():
    allowed = set()
    with open(UNIT) as file:
        for line in file:
            if line.startswith("SystemCallFilter="):
                value = line.split("=", 1)[1].strip()
                named = set().union(*(call_set(n) for n in value.lstrip("~").split()))
                allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed


def daemon_lines(trace):
    """Lines of the daemon and of its threads, from its own execve on."""
    with open(trace, errors="replace") as file:
        lines = [(line.split(" ", 1)[0], line) for line in file]
    start = {}  # of whom: the line from which on
    for at, (pid, line) in enumerate(lines):
        child = re.search(r"(?:clone3?|v?fork)\b.* = (\d+)$", line)
        if 'execve("/usr/lib/userd/userd"' in line:
            start[pid] = at + 1
        elif child and pid in start:
            start[child[1]] = 0
    return [line for at, (pid, line) in enumerate(lines) if at >= start.get(pid, len(lines))]


allowed = allowed_calls()
faults = {}
calls = 0
for line in daemon_lines(sys.argv[1]):
    call = re.match(r"\d+ +([a-z0-9_]+)\(", line)
    if not call:
        continue
    calls += 1
    if call[1] not in allowed:
        faults.setdefault(f"SystemCallFilter: {call[1]}", line.strip())
    if call[1] in ("mmap", "mprotect") and "PROT_WRITE|PROT_EXEC" in line:
        faults.setdefault("MemoryDenyWriteExecute", line.strip())
    if call[1] in ("socket", "socketpair") and "AF_UNIX" not in line:
        faults.setdefault("RestrictAddressFamilies", line.strip())
if calls < 100:
    sys.exit(f"only {calls} system calls of the daemon were seen")
for fault, line in faults.items():
    print(f"{fault}: {line}")
sys.exit(1 if faults else 0)
