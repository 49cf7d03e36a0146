"""A forward proxy: CONNECT to one server, whatever name was asked for."""

import socket
import threading

from support.door import Door


class ForwardProxy(Door):
    """Listens, and joins each caller to a port of this machine."""

    def __init__(self, port):
        """port: where all ways lead; None refuses them."""
        self.port_behind = port
        self.heads = []
        self.lock = threading.Lock()
        super().__init__()
        self.address = f"127.0.0.1:{self.port}"

    def heard(self):
        """The heads of all requests so far."""
        with self.lock:
            return list(self.heads)

    def serve(self, sock):
        """One CONNECT."""
        head = b""
        while b"\r\n\r\n" not in head:
            data = sock.recv(4096)
            if not data:
                return
            head += data
        with self.lock:
            self.heads.append(head.decode("latin-1"))
        if self.port_behind is None:
            sock.sendall(b"HTTP/1.1 403 Forbidden\r\n"
                           b"Content-Length: 0\r\n\r\n")
            return
        with socket.create_connection(
                ("127.0.0.1", self.port_behind)) as server:
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(
                target=_pump, args=(server, sock), daemon=True)
            back.start()
            _pump(sock, server)
            back.join()


def _pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass    # the other end is gone
