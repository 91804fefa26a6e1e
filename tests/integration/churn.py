#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""churn.py ROUNDS: one long-lived process looks names up through glibc while userctl changes them. Each change must be
visible in the very next lookup, and nothing else may be."""
import pwd
import subprocess
import sys


def userctl(*arguments):
    subprocess.run(["userctl", "-q", *arguments], check=True, stdout=subprocess.DEVNULL)


def uid_of(name):
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def name_of(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def same(what, wanted, got):
    if wanted != got:
        sys.exit(f"churn: {what}: wanted {wanted}, got {got}")


seen = set()
for number in range(int(sys.argv[1])):
    old, new = f"churn{number}", f"moved{number}"
    same("before create", None, uid_of(old))
    userctl("create", old, "--no-password")
    uid = uid_of(old)
    if uid is None or uid in seen:
        sys.exit(f"churn: {old} has uid {uid} after create")
    seen.add(uid)
    same("by uid", old, name_of(uid))
    userctl("rename", old, new, "--leave")
    same("old name after rename", None, uid_of(old))
    same("new name after rename", uid, uid_of(new))
    same("by uid after rename", new, name_of(uid))
    userctl("suspend", new)
    userctl("delete", new, "--leave", "--yes")
    same("new name after delete", None, uid_of(new))
    same("by uid after delete", None, name_of(uid))
