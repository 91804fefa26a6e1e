# SPDX-License-Identifier: LGPL-2.1-or-later
import select
import socket
import ssl
import threading


class TlsEnd:
    """The server's end of TLS over a connected socket, for one thread that reads and another that writes: OpenSSL itself
    wants one at a time."""

    def __init__(self, connection, certificate, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        connection.settimeout(10)
        self.end = context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=True)
        self.end.setblocking(False)
        self.one_at_a_time = threading.Lock()

    def attempt(self, deed, *what):
        """None: not now; whoever is waited for is then the socket."""
        with self.one_at_a_time:
            try:
                return deed(*what)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return None

    def recv(self, size):
        while (data := self.attempt(self.end.recv, size)) is None:
            select.select([self.end], [], [])
        return data

    def sendall(self, data):
        while data:
            sent = self.attempt(self.end.send, data)
            if sent is None:
                select.select([], [self.end], [])
            else:
                data = data[sent:]

    def close_notify(self):
        """The orderly close of TLS (RFC 8446, 6.1); the other side's is not waited for."""
        try:
            self.attempt(self.end.unwrap)
        except OSError:
            pass

    def setsockopt(self, *option):
        self.end.setsockopt(*option)

    def shutdown(self, how):
        socket.socket.shutdown(self.end, how)  # the connection's alone: SSLSocket's would forget TLS under a reader

    def close(self):
        self.end.close()
