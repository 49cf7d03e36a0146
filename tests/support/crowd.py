"""Many connections that ask the same at once."""

import selectors

from support import httpc


class Crowd:
    """Connections to one address, and what each was answered."""

    def __init__(self, address, count):
        self.peers = [httpc.Connection(address, 60) for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for peer in self.peers:
            peer.close()

    def send(self, method, target, headers=(), body=b""):
        """Send one request on every connection."""
        data = httpc.render(method, target, headers, body)
        for peer in self.peers:
            peer.send(data)

    def replies(self, seconds=60, count=None):
        """One reply of each, or of the first count, in their order."""
        found = []
        with selectors.DefaultSelector() as selector:
            for peer in self.peers:
                selector.register(peer.sock, selectors.EVENT_READ, peer)
            while len(found) < (count or len(self.peers)):
                ready = selector.select(seconds)
                assert ready, f"{len(found)} replies, then none"
                for key, _ in ready:
                    found.append(key.data.read_reply())
                    selector.unregister(key.fileobj)
        return found
