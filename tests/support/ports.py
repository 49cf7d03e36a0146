"""Ports of this machine that nobody else is given."""

import socket


class Port:
    """A port that is ours until close(), whether anybody listens there or not.

    A socket is bound to it and never listens: so the system gives it to no
    other, and refuses who connects. Programs that set SO_REUSEADDR, as all
    servers here do, may listen there meanwhile, again and again.
    """

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("", 0))
        self.number = self.socket.getsockname()[1]

    def close(self):
        """Give it back."""
        self.socket.close()
