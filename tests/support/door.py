"""A listening port with a thread for each that comes in."""

import socket
import threading


class Door:
    """Until stop(), each connection is handed to serve(sock), which closes it.

    That the other side goes away ends a connection, and nothing else.
    """

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def serve(self, sock):
        """What happens on a connection; to be said by who inherits."""
        raise NotImplementedError

    def stop(self):
        """Accept nobody any more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._run, args=(sock,), daemon=True).start()

    def _run(self, sock):
        with sock:
            try:
                self.serve(sock)
            except OSError:
                pass    # either side is gone
