#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ldap_fleet.py SERVER_FOLDER PORT HOSTS…: what a fleet costs its directory server (docs/scale.md). So many hosts follow it
(RFC 4533, refreshAndPersist), all in this one process, over loopback: it shares the cores with the server."""
import os
import selectors
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.environ["USERD_TOP"] + "/tests/support")
from ldap_ber import (
    DONE, ENTRY, INTERMEDIATE, SYNC_INFO, Client, Messages, ber, integer, number_and_kind, size_of, sync_search)  # noqa: E402

BASE = "dc=example,dc=org"
TICK = os.sysconf("SC_CLK_TCK")


def dn(number):
    return f"uid=person{number},ou=people,{BASE}"


class Server:
    def __init__(self, folder):
        self.folder = folder
        with open(folder + "/pid") as file:
            self.pid = int(file.read())

    def memory(self):  # KiB
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("RssAnon"))

    def cpu(self):  # seconds
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def ends_refresh(message):
    """refreshDelete or refreshPresent, whose refreshDone is true unless it says otherwise."""
    at = message.index(SYNC_INFO) + len(SYNC_INFO)
    at += size_of(message, at)[0]
    return message[at] in (0xa1, 0xa2) and not message.endswith(b"\x01\x01\x00")


class Host:
    """A consumer: keeps nothing but counts."""

    def __init__(self, port, cookie):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.messages = Messages()
        self.received = self.entries = 0
        self.is_following = False
        search, control = sync_search(BASE, cookie)
        self.socket.sendall(ber(0x30, integer(1), search, ber(0xa0, control)))
        self.socket.setblocking(False)

    def read(self):
        data = self.socket.recv(1 << 20)
        if not data:
            sys.exit("fleet: the server hung up")
        self.received += len(data)
        for message in self.messages.add(data):
            kind = number_and_kind(message)[1]
            if kind == ENTRY:
                self.entries += 1
            elif kind == DONE:
                sys.exit(f"fleet: the search ended: {message[:200]}")
            elif kind == INTERMEDIATE and ends_refresh(message):
                self.is_following = True


class Fleet:
    def __init__(self, port, count, cookie):
        self.selector = selectors.DefaultSelector()
        self.hosts = []
        for _ in range(count):
            host = Host(port, cookie)
            self.hosts.append(host)
            self.selector.register(host.socket, selectors.EVENT_READ, host)

    def until(self, holds, patience=300):
        """Reads until it holds for every host."""
        end = time.monotonic() + patience
        waiting = {h for h in self.hosts if not holds(h)}
        while waiting:
            if time.monotonic() > end:
                sys.exit(f"fleet: {len(waiting)} hosts wait")
            for key, _ in self.selector.select(1):
                key.data.read()
                if holds(key.data):
                    waiting.discard(key.data)

    def received(self):
        return sum(h.received for h in self.hosts)

    def close(self):
        for host in self.hosts:
            host.socket.close()
        self.selector.close()


def cookie_of(port):
    """As a host has it that has just seen everything: from the message that ends a refresh."""
    client = Client(port)
    client.send(*sync_search(BASE))
    while True:
        message = client.receive()
        if number_and_kind(message)[1] == INTERMEDIATE:
            client.socket.close()
            at = message.index(b"rid=")
            return message[at:at + message[at - 1]]


def report(what, value):
    print(f"  {what:<50}{value}", flush=True)


def measure(server, port, count):
    print(f"{count} hosts", flush=True)
    admin = Client(server.folder + "/socket")
    cookie = cookie_of(port)
    time.sleep(1)
    memory, cpu, start = server.memory(), server.cpu(), time.monotonic()
    fleet = Fleet(port, count, cookie)
    fleet.until(lambda h: h.is_following)
    report("all connect at once, with a cookie of now", f"{time.monotonic() - start:.2f} s, {server.cpu() - cpu:.2f} s of the server's CPU")
    report("the server's memory for each", f"{(server.memory() - memory) / count:.0f} KiB")

    changes, delays, before, cpu = 50, [], fleet.received(), server.cpu()
    for i in range(changes):
        wanted = {h: h.entries + 1 for h in fleet.hosts}
        admin.replace(dn(i), "homeDirectory", f"/home/{count}/{time.monotonic_ns()}")
        start = time.monotonic()
        fleet.until(lambda h: h.entries >= wanted[h])
        delays.append(time.monotonic() - start)
    delays.sort()
    report("a change, until the last host has it", f"{delays[changes // 2] * 1000:.1f} ms")
    report("the server's CPU for it", f"{(server.cpu() - cpu) / changes * 1000:.1f} ms")
    report("bytes of it to each host", f"{(fleet.received() - before) / changes / count:.0f}")

    fleet.close()
    time.sleep(1)
    away = 1000
    for i in range(away):
        admin.replace(dn(i), "homeDirectory", f"/home/{count}/away/{time.monotonic_ns()}")
    cpu, start = server.cpu(), time.monotonic()
    fleet = Fleet(port, count, cookie)
    fleet.until(lambda h: h.is_following)
    report(f"all again after an outage with {away} changes", f"{time.monotonic() - start:.2f} s, {server.cpu() - cpu:.2f} s of CPU, "
           f"{fleet.received() / count / 1024:.0f} KiB each")
    fleet.close()
    time.sleep(1)


def refresh(server, port, count):
    cpu, start = server.cpu(), time.monotonic()
    fleet = Fleet(port, count, None)
    fleet.until(lambda h: h.is_following)
    report(f"{count} hosts that know nothing, at once", f"{time.monotonic() - start:.1f} s, {server.cpu() - cpu:.1f} s of CPU, "
           f"{fleet.received() / count / 1e6:.1f} MB each, {fleet.hosts[0].entries} entries")
    fleet.close()


if __name__ == "__main__":
    the_server = Server(sys.argv[1])
    subprocess.run(["prlimit", "--nofile=20000", "--pid", str(the_server.pid)], check=True)
    for number in sys.argv[3:]:
        measure(the_server, int(sys.argv[2]), int(number))
    refresh(the_server, int(sys.argv[2]), 20)
