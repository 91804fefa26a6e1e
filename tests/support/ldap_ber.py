# SPDX-License-Identifier: LGPL-2.1-or-later
"""LDAP's messages by hand (RFC 4511), for tests that send wrong ones or very many."""
import socket

SYNC_REQUEST = b"1.3.6.1.4.1.4203.1.9.1.1"
SYNC_STATE = b"1.3.6.1.4.1.4203.1.9.1.2"
SYNC_INFO = b"1.3.6.1.4.1.4203.1.9.1.4"
BIND, BOUND, SEARCH, ENTRY, DONE, MODIFY, MODIFIED, REFERENCE, EXTENDED, EXTENDED_ANSWER, INTERMEDIATE = (
    0x60, 0x61, 0x63, 0x64, 0x65, 0x66, 0x67, 0x73, 0x77, 0x78, 0x79)


def ber(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    digits = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + body


def text(value):
    return ber(0x04, value if isinstance(value, bytes) else value.encode())


def integer(value, tag=0x02):
    return ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def result(tag, code=0, message=b""):
    return ber(tag, integer(code, 0x0a), text(b""), text(message))


def attribute(name, *values):
    return ber(0x30, text(name), ber(0x31, *(text(v) for v in values)))


def size_of(data, at=0):
    """(the head's length, the body's length) of what begins there; none: it is not all there."""
    if len(data) < at + 2:
        return None
    length = data[at + 1]
    if length < 0x80:
        return 2, length
    digits = length & 0x7f
    if len(data) < at + 2 + digits:
        return None
    return 2 + digits, int.from_bytes(data[at + 2:at + 2 + digits], "big")


def number_and_kind(message):
    """The message's id, as it is encoded, and the tag of its operation."""
    at = size_of(message)[0]
    size = sum(size_of(message, at))
    return message[at:at + size], message[at + size]


class Messages:
    """LDAP messages out of a stream: whole ones only."""

    def __init__(self):
        self.bytes = b""

    def add(self, data):
        self.bytes += data
        at = 0
        while (size := size_of(self.bytes, at)) and len(self.bytes) >= at + sum(size):
            yield self.bytes[at:at + sum(size)]
            at += sum(size)
        self.bytes = self.bytes[at:]


class Client:
    """A client of a server of tests/support/slapd, as its administrator over its socket, or anonymous over TCP."""

    def __init__(self, where):
        if isinstance(where, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(where)
        else:
            self.socket = socket.create_connection(("127.0.0.1", where))
        self.number = 0
        self.messages = Messages()
        self.waiting = []
        if isinstance(where, str):
            self.send(ber(BIND, integer(3), text(b""), ber(0xa3, text(b"EXTERNAL"), text(b""))))
            self.expect(BOUND)

    def send(self, operation, *controls):
        self.number += 1
        self.socket.sendall(ber(0x30, integer(self.number), operation, *((ber(0xa0, *controls),) if controls else ())))

    def receive(self):
        while not self.waiting:
            data = self.socket.recv(1 << 16)
            if not data:
                raise EOFError("the server hung up")
            self.waiting.extend(self.messages.add(data))
        return self.waiting.pop(0)

    def expect(self, kind):
        message = self.receive()
        if number_and_kind(message)[1] != kind or b"\x0a\x01\x00" not in message[:24]:
            raise ValueError(f"not as expected: {message[:200]}")

    def ask_to_replace(self, dn, name, value):
        self.send(ber(MODIFY, text(dn), ber(0x30, ber(0x30, integer(2, 0x0a), attribute(name, value)))))

    def replace(self, dn, name, value):
        self.ask_to_replace(dn, name, value)
        self.expect(MODIFIED)


def sync_search(base, cookie=None):
    """A search for everything that goes on: refreshAndPersist (RFC 4533), and its control."""
    search = ber(SEARCH, text(base), integer(2, 0x0a), integer(0, 0x0a), integer(0), integer(0), b"\x01\x01\x00",
                 ber(0x87, b"objectClass"), ber(0x30, text(b"*"), text(b"entryUUID")))
    value = ber(0x30, integer(3, 0x0a), *((text(cookie),) if cookie else ()))
    return search, ber(0x30, text(SYNC_REQUEST), b"\x01\x01\xff", text(value))
