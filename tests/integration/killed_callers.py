#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Starts callers, kills each after a random while, and prints the calls that were acknowledged before that.
import random
import subprocess
import sys
import time

rounds = int(sys.argv[1])
random.seed(7)
quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def call(words):
    return subprocess.Popen(words, **quiet)


def usual_time():
    took = []
    for i in range(5):
        start = time.monotonic()
        call(["userctl", "group", "get", "team"]).wait()
        took.append(time.monotonic() - start)
    return sorted(took)[2]


longest = usual_time() * 3
created = []
at_once = 8  # several calls are under way when one of them is killed
under_way = []


def finish(kind, name, process, until):
    time.sleep(max(0, until - time.monotonic()))
    process.kill()
    if process.wait() == 0:
        print(kind, name)
        if kind == "create":
            created.append(name)


for i in range(rounds):
    kind = random.choice(["create", "create", "join", "change", "ask"]) if created else "create"
    name = f"killed{i}" if kind == "create" else random.choice(created)
    words = {
        "create": ["userctl", "create", name, "--no-password", "--shell", "/bin/bash"],
        "join": ["userctl", "group", "add", "team", name],
        "change": ["userctl", "update", name, "--shell", "/bin/sh"],
        # Somebody who may not, so polkit is asked; killed while it thinks.
        "ask": ["runuser", "-u", "games", "--", "userctl", "update", name, "--shell", "/bin/false"],
    }[kind]
    under_way.append((kind, name, call(words), time.monotonic() + random.uniform(0, longest)))
    if len(under_way) == at_once:
        finish(*under_way.pop(0))
for one in under_way:
    finish(*one)
