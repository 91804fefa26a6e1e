#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""sweep.py TOP: calls every method of every object of org.userd1 over the real bus as nobody, an ordinary user on itself and on
another, a helpdesk inside and outside of its scope, an admin and root, and holds what comes against docs/reference/rights.md.

Nothing is changed: the flags hold a bit that no method knows, which is refused after the caller was let in. Members that take a
descriptor cannot be called by busctl; the same sweep without a bus (tests/unit/bus/rights.cpp) calls them.
"""
import os
import pwd
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

TOP = sys.argv[1]
GRANTED = {"user.read", "password.reset", "mfa.code"}  # to hanna's helpdesk, for the group crew
UNKNOWN_FLAG = str(1 << 40)


def rights():
    """(interface, member) → the columns of its row."""
    rows, interface = {}, None
    for line in open(os.path.join(TOP, "docs/reference/rights.md"), encoding="utf-8"):
        if line.startswith("## "):
            interface = line[3:].strip()
        row = re.match(r"\| `(\w+)` \| (.*) \|$", line)
        if row:
            rows[interface, row[1]] = [column.strip() for column in row[2].split(" | ")]
    return rows


def signature(interface, member):
    tree = xml.parse(os.path.join(TOP, "conf/dbus-interfaces", interface + ".xml"))
    method = tree.find(f".//method[@name='{member}']")
    return "".join(arg.get("type") for arg in method.findall("arg") if arg.get("direction") == "in")


def arguments(types):
    words = []
    for at, kind in enumerate(re.findall(r"a\{sv\}|as|[sbtu]", types)):
        last = types.endswith("t") and at == len(re.findall(r"a\{sv\}|as|[sbtu]", types)) - 1
        words.append({"s": "", "b": "false", "u": "1", "t": UNKNOWN_FLAG if last else "1"}.get(kind, "0"))
    return words


def call(who, path, interface, member, types):
    uid = pwd.getpwnam(who)
    done = subprocess.run(
        ["busctl", "--system", "--allow-interactive-authorization=no", "call", "org.userd1", path, interface, member]
        + ([types] + arguments(types) if types else []),
        capture_output=True, text=True, timeout=60, preexec_fn=lambda: (os.setgid(uid.pw_gid), os.setuid(uid.pw_uid)))
    said = done.stderr.strip()
    denied = any(word in said for word in ("not authorized", "Access denied", "Interactive authentication"))
    return denied, said


def path_of(interface, user):
    if interface == "org.userd1.User":
        return f"/org/userd1/user/_{pwd.getpwnam(user).pw_uid}"
    if interface == "org.userd1.Group":
        import grp
        return f"/org/userd1/group/_{grp.getgrnam('crew').gr_gid}"
    return "/org/userd1/role/helpdesk" if interface == "org.userd1.Role" else "/org/userd1"


def expected(who, user, interface, columns):
    everybody, itself, grant = columns[0] == "yes", columns[1] == "yes", columns[2]
    if who == "nobody":
        return False
    if who == "root" or everybody:
        return True
    if interface == "org.userd1.User" and who == user and itself:
        return True
    if who == "chief":
        return grant != "-"
    return who == "hanna" and user == "alice" and interface == "org.userd1.User" and grant in GRANTED


def main():
    wrong = count = 0
    for who, user in (("nobody", "alice"), ("bob", "bob"), ("bob", "alice"), ("hanna", "alice"),
                      ("hanna", "chief"), ("hanna", "bob"), ("chief", "alice"), ("root", "alice")):
        for (interface, member), columns in rights().items():
            if interface.startswith("org.freedesktop"):
                continue
            types = signature(interface, member)
            if "h" in types or (member == "Reload" and who == "root"):
                continue
            denied, said = call(who, path_of(interface, user), interface, member, types)
            count += 1
            if denied == expected(who, user, interface, columns):
                wrong += 1
                print(f"{who} on {user}: {interface}.{member}: {said or 'done'}", file=sys.stderr)
    print(f"{count} calls, {wrong} not as published")
    return wrong != 0


sys.exit(main())
