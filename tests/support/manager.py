"""A service manager's side: hears sd_notify, hands over listening sockets."""

import pathlib
import socket
import sys

LAUNCHER = pathlib.Path(__file__).with_name("hand_over.py")


class Manager:
    """Hears what a daemon tells; give environment() to it."""

    def __init__(self, address):
        """address: a path, or "@name"."""
        self.address = str(address)
        self.heard = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address.replace("@", "\0", 1)
                         if self.address.startswith("@") else self.address)

    def environment(self, **more):
        """The variables that tell a daemon of it."""
        return {"NOTIFY_SOCKET": self.address, **more}

    def collect(self, seconds=0.0):
        """Take in what has come, waiting so long for the first of it."""
        self.socket.settimeout(seconds)
        try:
            while True:
                self.heard.append(self.socket.recv(4096).decode())
                self.socket.settimeout(0.0)
        except (BlockingIOError, TimeoutError):
            return self.heard

    def wait_for(self, start, seconds=30.0, count=1):
        """The last message that starts so, once there are so many."""
        while True:
            found = [text for text in self.heard if text.startswith(start)]
            if len(found) >= count:
                return found[-1]
            before = len(self.heard)
            self.collect(seconds)
            assert len(self.heard) > before, (
                f"waited in vain for {start!r} after {self.heard}")

    def close(self):
        """Listen no more."""
        self.socket.close()

    def describe(self):
        """For the report of a failed test."""
        return "\n".join(repr(text) for text in self.heard)


def handing_over(sockets, names=""):
    """Options of a daemon that inherits these listening sockets."""
    numbers = ",".join(str(sock.fileno()) for sock in sockets)
    return {"wrapper": (sys.executable, str(LAUNCHER), numbers, names),
            "pass_fds": tuple(sock.fileno() for sock in sockets)}


def listening_tcp():
    """A socket as a manager opens it, and its address."""
    sock = socket.create_server(("127.0.0.1", 0))
    return sock, f"127.0.0.1:{sock.getsockname()[1]}"


def listening_unix(path):
    """The same at a path."""
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(path))
    sock.listen()
    return sock
