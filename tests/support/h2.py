"""A server that speaks HTTP/2 over TLS, as far as a test needs it.

It does not read what is asked: each request gets the answer of large, as it
stood when the request came. A large answer has no end, and goes on as the
other side gives room.
"""

import select
import ssl
import struct

from support.door import Door

PREFACE_BYTES = 24
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
ACK = END_STREAM = 1
END_HEADERS = 4
INITIAL_WINDOW_SIZE = 4
STATUS_200 = b"\x88"            # RFC 7541, appendix A
FIRST_WINDOW = 65535
PIECE = bytes(16384)


class Http2Server(Door):
    """Small answers, or large ones."""

    def __init__(self, cert, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        self.context.set_alpn_protocols(["h2"])
        self.large = False
        self.asked = 0
        super().__init__()
        self.address = f"https://127.0.0.1:{self.port}"

    def serve(self, sock):
        """Until the other side goes."""
        with self.context.wrap_socket(sock, server_side=True) as tls:
            Session(self, tls).run()


class Session:
    """One connection."""

    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.room = {0: FIRST_WINDOW}   # by stream; 0: of all
        self.first_room = FIRST_WINDOW
        self.large = []                 # streams that go on

    def run(self):
        """Read what comes; send what there is room for."""
        self._exactly(PREFACE_BYTES)
        self._send(SETTINGS)
        while True:
            if self._has_input():
                self._take_frame()
            elif not self._send_piece():
                self._take_frame()

    def _has_input(self):
        return (self.sock.pending() > 0 or
                select.select([self.sock], [], [], 0)[0])

    def _send_piece(self):
        for stream in self.large:
            room = min(self.room[0], self.room[stream], len(PIECE))
            if room <= 0:
                continue
            self.room[0] -= room
            self.room[stream] -= room
            self._send(DATA, stream, PIECE[:room])
            self.large.append(self.large.pop(0))
            return True
        return False

    def _take_frame(self):
        length, kind, flags, stream = struct.unpack(
            ">I", b"\0" + self._exactly(3)) + struct.unpack(
            ">BBI", self._exactly(6))
        body = self._exactly(length)
        if kind == HEADERS:
            self._answer(stream)
        elif kind == RESET and stream in self.large:
            self.large.remove(stream)
        elif kind == WINDOW and stream in self.room:
            self.room[stream] += struct.unpack(">I", body)[0]
        elif kind == PING and not flags & ACK:
            self._send(PING, body=body, flags=ACK)
        elif kind == SETTINGS and not flags & ACK:
            self._take_settings(body)
        elif kind == GOAWAY:
            raise ConnectionError

    def _take_settings(self, body):
        for name, value in struct.iter_unpack(">HI", body):
            if name == INITIAL_WINDOW_SIZE:
                self.first_room = value
        self._send(SETTINGS, flags=ACK)

    def _answer(self, stream):
        self.server.asked += 1
        self.room[stream] = self.first_room
        self._send(HEADERS, stream, STATUS_200, END_HEADERS)
        if self.server.large:
            self.large.append(stream)
        else:
            self._send(DATA, stream, b"small", END_STREAM)

    def _send(self, kind, stream=0, body=b"", flags=0):
        head = struct.pack(">I", len(body))[1:] + struct.pack(
            ">BBI", kind, flags, stream)
        self.sock.sendall(head + body)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data
