"""A small HTTP/1.1 client on raw sockets.

The clients of the standard library refuse to send what some tests must send
(malformed heads, pipelined requests) and hide what they must see (a close
after a reply), hence this one.
"""

import json
import socket

READ_BYTES = 65536


class Closed(Exception):
    """The peer closed before a whole reply had come."""


class Headers:
    """Reply fields, found without regard to case."""

    def __init__(self, fields):
        self.fields = fields

    def all(self, name):
        """Every value of a field, in order."""
        name = name.lower()
        return [value for key, value in self.fields if key.lower() == name]

    def get(self, name, default=None):
        """The first value of a field."""
        return next(iter(self.all(name)), default)

    def __getitem__(self, name):
        values = self.all(name)
        if not values:
            raise KeyError(name)
        return values[0]

    def __contains__(self, name):
        return bool(self.all(name))

    def __repr__(self):
        return repr(self.fields)


class Reply:
    """A status, fields and a body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        """The body as JSON; None when it is empty."""
        return json.loads(self.body) if self.body else None

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


def connect(address, timeout=30.0, context=None):
    """Connect to "host:port" or to the path of a unix socket."""
    if address.startswith("/"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        sock.connect(address)
    else:
        host, port = address.rsplit(":", 1)
        sock = socket.create_connection((host.strip("[]"), int(port)), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context is not None:
        sock = context.wrap_socket(sock, server_hostname="localhost")
    return sock


def render(method, target, headers=(), body=b""):
    """The bytes of a request."""
    lines = [f"{method} {target} HTTP/1.1"]
    fields = list(headers)
    names = {name.lower() for name, _ in fields}
    if "host" not in names:
        fields.insert(0, ("Host", "localhost"))
    if body and "content-length" not in names:
        fields.append(("Content-Length", str(len(body))))
    lines += [f"{name}: {value}" for name, value in fields]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Connection:
    """One connection; requests and replies in order."""

    def __init__(self, address, timeout=30.0, context=None):
        self.sock = connect(address, timeout, context)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close the connection."""
        self.sock.close()

    def send(self, data):
        """Send bytes as they are."""
        self.sock.sendall(data)

    def request(self, method, target, headers=(), body=b""):
        """Send a request and read its reply."""
        self.send(render(method, target, headers, body))
        return self.read_reply(method)

    def read_some(self):
        """Bytes as they come; b"" at the end of the connection."""
        if self.buffer:
            data, self.buffer = self.buffer, b""
            return data
        return self.sock.recv(READ_BYTES)

    def read_reply(self, method="GET"):
        """Read one reply; interim ones are passed over."""
        status, headers = self.read_head()
        while 100 <= status < 200:
            status, headers = self.read_head()
        if method == "HEAD" or status in (204, 304):
            return Reply(status, headers, b"")
        return Reply(status, headers, self._body(headers))

    def read_head(self):
        """Read a status line and fields."""
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ", 2)
        if not version.startswith("HTTP/1."):
            raise ValueError(f"no status line: {lines[0]!r}")
        pairs = (line.split(":", 1) for line in lines[1:])
        fields = [(name, value.strip()) for name, value in pairs]
        return int(status), Headers(fields)

    def at_end(self):
        """Whether the peer has closed and nothing is left to read."""
        if self.buffer:
            return False
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def _body(self, headers):
        if headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self.chunks())
        length = headers.get("Content-Length")
        if length is not None:
            return self._exactly(int(length))
        return self._rest()

    def chunks(self):
        """The parts of a chunked body."""
        while True:
            size = int(self._until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                while self._until(b"\r\n"):
                    pass
                return
            yield self._exactly(size)
            self._until(b"\r\n")

    def _more(self):
        data = self.sock.recv(READ_BYTES)
        if not data:
            raise Closed(f"closed after {self.buffer[:200]!r}")
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def _exactly(self, count):
        parts = [self.buffer[:count]]
        self.buffer = self.buffer[count:]
        have = len(parts[0])
        while have < count:
            data = self.sock.recv(min(count - have, READ_BYTES))
            if not data:
                raise Closed(f"closed after {have} of {count} bytes")
            parts.append(data)
            have += len(data)
        return b"".join(parts)

    def _rest(self):
        parts = []
        while data := self.read_some():
            parts.append(data)
        return b"".join(parts)


class Client:
    """Requests to one address, a connection each."""

    def __init__(self, address, token=None, timeout=30.0, context=None):
        self.address = address
        self.token = token
        self.timeout = timeout
        self.context = context

    def request(self, method, target, body=None, headers=()):
        """Send a request; a body that is no bytes goes as JSON."""
        fields = list(headers)
        if self.token:
            fields.append(("X-Vault-Token", self.token))
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields.append(("Content-Type", "application/json"))
        with Connection(self.address, self.timeout, self.context) as peer:
            return peer.request(method, target, fields, body or b"")

    def get(self, target, **more):
        """GET."""
        return self.request("GET", target, **more)

    def list(self, target, **more):
        """LIST, the verb of Vault."""
        return self.request("LIST", target, **more)

    def put(self, target, body=None, **more):
        """PUT."""
        return self.request("PUT", target, body, **more)

    def post(self, target, body=None, **more):
        """POST."""
        return self.request("POST", target, body, **more)

    def delete(self, target, **more):
        """DELETE."""
        return self.request("DELETE", target, **more)
