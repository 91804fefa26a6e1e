#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ldap_changes.py SERVER_FOLDER one|burst COUNT: changes entries of a directory server and waits until this host's lookups
see it. one: each by itself, the time from the server's answer; burst: all at once, the time from the last answer."""
import os
import pwd
import sys
import time

sys.path.insert(0, os.environ["USERD_TOP"] + "/tests/support")
from ldap_ber import Client  # noqa: E402
from ldap_ber import MODIFIED  # noqa: E402


def dn(number):
    return f"uid=person{number},ou=people,dc=example,dc=org"


def one(client, count):
    times = []
    for i in range(count):
        number = i * 97 % 100000
        wanted = f"/home/one/{os.getpid()}/{i}"
        client.replace(dn(number), "homeDirectory", wanted)
        start = time.perf_counter()
        while pwd.getpwuid(200000 + number).pw_dir != wanted:
            if time.perf_counter() - start > 60:
                sys.exit(f"person{number} does not change")
        times.append(time.perf_counter() - start)
        time.sleep(0.01)
    times.sort()
    print(f"median {times[count // 2] * 1000:.1f} ms, p99 {times[count * 99 // 100] * 1000:.1f} ms")


def burst(client, count):
    wanted = f"/home/burst/{os.getpid()}"
    start = time.perf_counter()
    ahead = 200  # answers that may be outstanding
    for i in range(count + ahead):
        if i < count:
            client.ask_to_replace(dn(i), "homeDirectory", wanted)
        if i >= ahead:
            client.expect(MODIFIED)
    answered = time.perf_counter()
    left = set(range(count))
    while left:
        left = {i for i in left if pwd.getpwuid(200000 + i).pw_dir != wanted}
        if time.perf_counter() - answered > 120:
            sys.exit(f"{len(left)} do not change")
    now = time.perf_counter()
    print(f"{(now - answered) * 1000:.0f} ms after the last answer, {(answered - start) * 1000:.0f} ms after the first")


if __name__ == "__main__":
    {"one": one, "burst": burst}[sys.argv[2]](Client(sys.argv[1] + "/socket"), int(sys.argv[3]))
