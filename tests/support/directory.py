"""An LDAP server of one operation: a simple bind, as Vault's ldap method makes.

It reads and writes the few messages of RFC 4511 that takes: BindRequest,
UnbindRequest, and a search that finds nothing (the groups of a user).
"""

from support.door import Door

SEQUENCE, INTEGER, TEXT, ENUM = 0x30, 0x02, 0x04, 0x0a
BIND, BIND_DONE, SEARCH, SEARCH_DONE = 0x60, 0x61, 0x63, 0x65
SUCCESS, INVALID_CREDENTIALS = 0, 49


class Directory(Door):
    """The server; passwords by distinguished name."""

    def __init__(self, passwords):
        self.passwords = passwords
        self.binds = []         # the names that came, good or bad
        super().__init__()
        self.address = f"ldap://127.0.0.1:{self.port}"

    def serve(self, sock):
        """Its requests, one after the other."""
        with sock.makefile("rb") as stream:
            while message := read_element(stream):
                (_, number), (tag, body) = elements(message[1])[:2]
                if tag == BIND:
                    code, done = self._bind(body), BIND_DONE
                elif tag == SEARCH:
                    code, done = SUCCESS, SEARCH_DONE
                else:
                    return
                result = (element(ENUM, bytes([code])) + element(TEXT, b"")
                          + element(TEXT, b""))
                sock.sendall(element(SEQUENCE, element(INTEGER, number)
                                     + element(done, result)))

    def _bind(self, body):
        (_, _), (_, name), (_, password) = elements(body)[:3]
        self.binds.append(name.decode())
        known = self.passwords.get(name.decode())
        good = known is not None and known.encode() == password
        return SUCCESS if good else INVALID_CREDENTIALS


def element(tag, body):
    """One element of BER; bodies here are short."""
    assert len(body) < 128
    return bytes([tag, len(body)]) + body


def read_element(stream):
    """The next element of a stream as (tag, body); None at its end."""
    tag = stream.read(1)
    if not tag:
        return None
    size = stream.read(1)[0]
    if size >= 128:
        size = int.from_bytes(stream.read(size - 128), "big")
    return tag[0], stream.read(size)


def elements(body):
    """The elements that a body is made of."""
    found, at = [], 0
    while at < len(body):
        tag, size, at = body[at], body[at + 1], at + 2
        if size >= 128:
            width = size - 128
            size = int.from_bytes(body[at:at + width], "big")
            at += width
        found.append((tag, body[at:at + size]))
        at += size
    return found
