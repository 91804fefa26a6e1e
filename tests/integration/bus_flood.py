#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Callers who mean ill, on the system bus, in its own bytes: no library closes a connection that early or sends that much.

bus_flood.py hang-up N    N times: connect, ask who I am, drop to the role user, and hang up without waiting
bus_flood.py heavy N MIB  N connections with four CreateUser of MIB each at once; prints what came back
"""
import collections
import os
import socket
import struct
import sys

BUS, USERD = "org.freedesktop.DBus", "org.userd1"
NO_REPLY = 1


class Bytes(bytearray):
    def align(self, to):
        self.extend(b"\0" * (-len(self) % to))
        return self

    def number(self, value):
        self.align(4).extend(struct.pack("<I", value))
        return self

    def text(self, value):
        self.number(len(value)).extend(value.encode() + b"\0")
        return self

    def signature(self, value):
        self.extend(bytes([len(value)]) + value.encode() + b"\0")
        return self


def message(serial, to, path, interface, member, signature, body, flags):
    fields = Bytes(16)  # where they start, for the alignment
    for code, kind, value in ((1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", to), (8, "g", signature)):
        if value:
            fields.align(8).append(code)
            fields.signature(kind)
            fields.signature(value) if kind == "g" else fields.text(value)
    head = Bytes(struct.pack("<BBBBII", ord("l"), 1, flags, 1, len(body), serial))
    head.number(len(fields) - 16).extend(fields[16:])
    return bytes(head.align(8)) + body


class Connection:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect("/run/dbus/system_bus_socket")
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        while not self.socket.recv(1) == b"\n":
            pass
        self.socket.sendall(b"BEGIN\r\n")
        self.serial = 0
        self.call(BUS, "/org/freedesktop/DBus", BUS, "Hello")

    def send(self, to, path, interface, member, signature="", body=b"", flags=0):
        self.serial += 1
        self.socket.sendall(message(self.serial, to, path, interface, member, signature, body, flags))

    def exactly(self, size):
        got = b""
        while len(got) < size:
            part = self.socket.recv(size - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def receive(self):
        """The type of the next message and its header's fields: 2 is an answer, 3 an error."""
        head = self.exactly(16)
        body, fields = struct.unpack("<I4xI", head[4:])
        rest = self.exactly(fields + (-fields % 8))
        self.exactly(body)
        return head[1], rest

    def call(self, *words):
        self.send(*words)
        while self.receive()[0] not in (2, 3):
            pass

    def manager(self, member, signature="", body=b"", flags=0):
        self.send(USERD, "/org/userd1", USERD + ".Manager", member, signature, body, flags)


def hang_up(rounds):
    for _ in range(rounds):
        connection = Connection()
        connection.call(USERD, "/org/userd1", USERD + ".Manager", "WhoAmI")
        connection.manager("AssumeRole", "s", bytes(Bytes().text("user")), NO_REPLY)
        connection.socket.close()


def heavy(connections, mebibytes):
    entry = Bytes(8).text("metadata").signature("s").text("a" * (mebibytes << 20))[8:]
    body = Bytes().text("eve").number(len(entry)).align(8) + entry
    body = bytes(Bytes(body).number(0).align(8) + bytes(8))  # no secrets, no flags
    came = collections.Counter()
    for connection in [Connection() for _ in range(connections)]:
        for _ in range(4):
            connection.manager("CreateUser", "sa{sv}a{sv}t", body)
        for _ in range(4):
            kind, fields = 0, b""
            while kind not in (2, 3):
                kind, fields = connection.receive()
            came["LimitsExceeded" if b"LimitsExceeded" in fields else kind] += 1
    print(dict(came))


if __name__ == "__main__":
    {"hang-up": hang_up, "heavy": heavy}[sys.argv[1]](*map(int, sys.argv[2:]))
