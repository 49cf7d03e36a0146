"""A forward proxy: CONNECT to one server, whatever name was asked for."""

import socket
import threading


class ForwardProxy:
    """Listens, and joins each caller to a port of this machine."""

    def __init__(self, port):
        """port: where all ways lead; None refuses them."""
        self.port_behind = port
        self.heads = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def heard(self):
        """The heads of all requests so far."""
        with self.lock:
            return list(self.heads)

    def stop(self):
        """Accept nobody any more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                caller, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller):
        with caller:
            try:
                self._join(caller)
            except OSError:
                pass    # either side is gone

    def _join(self, caller):
        head = b""
        while b"\r\n\r\n" not in head:
            data = caller.recv(4096)
            if not data:
                return
            head += data
        with self.lock:
            self.heads.append(head.decode("latin-1"))
        if self.port_behind is None:
            caller.sendall(b"HTTP/1.1 403 Forbidden\r\n"
                           b"Content-Length: 0\r\n\r\n")
            return
        with socket.create_connection(
                ("127.0.0.1", self.port_behind)) as server:
            caller.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(
                target=_pump, args=(server, caller), daemon=True)
            back.start()
            _pump(caller, server)
            back.join()


def _pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass    # the other end is gone
