"""A scripted upstream: says what the test told it to, records what it heard.

An answer is an Answer, or a function from Request to Answer. Several answers
for one path are given in order; the last one stays.
"""

import dataclasses
import json
import socket
import struct
import threading
import time
import urllib.parse

from support.ports import Port

BACKLOG = 512


class Barrier:
    """Holds replies until the test lets them go."""

    def __init__(self):
        self.gate = threading.Event()
        self.arrived = threading.Semaphore(0)

    def hold(self, seconds=120):
        """For the server: announce oneself and wait."""
        self.arrived.release()
        self.gate.wait(seconds)

    def wait_for(self, count=1, seconds=30.0):
        """For the test: wait until so many replies are being held."""
        for _ in range(count):
            assert self.arrived.acquire(timeout=seconds), "nobody came"

    def release(self):
        """Let all go, now and later."""
        self.gate.set()


def held(answer, barrier):
    """That answer, held by a barrier before it is made."""
    def give(request):
        barrier.hold()
        return answer(request) if callable(answer) else answer
    return give


@dataclasses.dataclass
class Answer:
    """What is sent for one request, and how."""

    status: int = 200
    body: object = None         # bytes, or a value sent as JSON
    headers: tuple = ()
    parts: object = None        # iterable of bytes: a chunked body instead
    length: int = None          # with parts: a Content-Length, not chunked
    barrier: Barrier = None     # held here before the first byte
    delay: float = 0.0          # seconds before the first byte
    reset_at: int = None        # bytes sent before a reset


@dataclasses.dataclass
class Request:
    """What was heard."""

    method: str
    path: str
    query: str
    headers: dict
    body: bytes
    at: float = 0.0             # by the clock of the server

    @property
    def json(self):
        """The body as JSON; None when it is empty."""
        return json.loads(self.body) if self.body else None

    @property
    def token(self):
        """The token that came with it."""
        return self.headers.get("x-vault-token")


def errors(status, *texts):
    """An answer with an error in Vault's shape."""
    return Answer(status, {"errors": list(texts)})


class Fake:
    """The server. Paths are without query; one ending in * is a prefix."""

    def __init__(self, context=None):
        """context: an ssl.SSLContext for TLS."""
        self.context = context
        self.lock = threading.Lock()
        self.routes = {}
        self.heard = []
        self.connections = set()
        self.now = time.monotonic   # or the clock that the test moves
        self.listener = None
        self.host = "127.0.0.1"
        self.held = Port()      # by us, also while nobody listens
        self.port = self.held.number
        self.open_port()

    @property
    def address(self):
        """For vault.address."""
        scheme = "https" if self.context else "http"
        return f"{scheme}://{self.host}:{self.port}"

    def on(self, method, path, *answers):
        """Script the answers for a method and a path."""
        with self.lock:
            self.routes[method, path] = list(answers)

    def on_write(self, path, *answers):
        """Script the answers for PUT and POST, which Vault takes as one."""
        answers = list(answers)
        with self.lock:
            self.routes["PUT", path] = answers
            self.routes["POST", path] = answers

    def requests(self, path=None, method=None):
        """What was heard so far, of one path or method if told."""
        with self.lock:
            return [r for r in self.heard
                    if path in (None, r.path) and method in (None, r.method)]

    def open_port(self):
        """Listen at the host."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        listener.listen(BACKLOG)
        self.listener = listener
        threading.Thread(
            target=self._accept, args=(listener,), daemon=True).start()

    def close_port(self):
        """Refuse connections and cut those that are open."""
        with self.lock:
            listener, self.listener = self.listener, None
            connections = list(self.connections)
        if listener is not None:
            # Wakes the thread in accept(), which close() alone does not.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for sock in connections:
            cut(sock)

    def stop(self):
        """The same for good."""
        self.close_port()
        self.held.close()

    def describe(self):
        """For the report of a failed test."""
        return "\n".join(
            f"{r.at:.3f} {r.method} {r.path}" for r in self.requests())

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            if self.context is not None:
                sock = self.context.wrap_socket(
                    sock, server_side=True, do_handshake_on_connect=False)
            with self.lock:
                is_open = self.listener is listener
                if is_open:
                    self.connections.add(sock)
            if not is_open:     # it came as the port was closed
                cut(sock)
            threading.Thread(
                target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            if self.context is not None:
                sock.do_handshake()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with sock.makefile("rb") as stream:
                while request := read_request(stream):
                    send_answer(sock, request, self._answer(request))
        except (OSError, ValueError):
            pass    # cut by either side: what some tests are about
        finally:
            with self.lock:
                self.connections.discard(sock)
            sock.close()

    def _answer(self, request):
        with self.lock:
            request.at = self.now()
            self.heard.append(request)
            answers = self._route(request)
            if not answers:
                return Answer(404, {"errors": []})
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer(request) if callable(answer) else answer

    def _route(self, request):
        exact = self.routes.get((request.method, request.path))
        if exact is not None:
            return exact
        prefixes = [
            key for key in self.routes
            if key[0] == request.method and key[1].endswith("*")
            and request.path.startswith(key[1][:-1])]
        return self.routes[max(prefixes)] if prefixes else None


def read_request(stream):
    """The next request of a connection, or None at its end."""
    line = stream.readline().decode("latin-1").strip()
    if not line:
        return None
    method, target, _ = line.split(" ")
    headers = {}
    while line := stream.readline().decode("latin-1").strip():
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    url = urllib.parse.urlsplit(target)
    return Request(method, url.path, url.query, headers,
                   read_body(stream, headers))


def read_body(stream, headers):
    """The body of a request."""
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return stream.read(int(headers.get("content-length", 0)))
    parts = []
    while size := int(stream.readline().split(b";")[0], 16):
        parts.append(stream.read(size))
        stream.readline()
    stream.readline()
    return b"".join(parts)


def send_answer(sock, request, answer):
    """Send an answer as it was scripted."""
    if answer.barrier is not None:
        answer.barrier.hold()
    if answer.delay:
        time.sleep(answer.delay)    # the scripted slowness itself
    sent = 0
    for data in answer_bytes(request, answer):
        if answer.reset_at is not None and (
                sent + len(data) >= answer.reset_at):
            sock.sendall(data[:answer.reset_at - sent])
            arm_reset(sock)
            raise ConnectionResetError
        sock.sendall(data)
        sent += len(data)


def answer_bytes(request, answer):
    """The bytes of an answer, in pieces."""
    body, kind = encode(answer.body)
    fields = list(answer.headers)
    if kind and "content-type" not in {n.lower() for n, _ in fields}:
        fields.append(("Content-Type", kind))
    chunked = answer.parts is not None and answer.length is None
    if chunked:
        fields.append(("Transfer-Encoding", "chunked"))
    elif answer.status != 204:
        fields.append(("Content-Length", str(answer.length or len(body))))
    head = [f"HTTP/1.1 {answer.status} Scripted"]
    head += [f"{name}: {value}" for name, value in fields]
    yield "\r\n".join(head).encode("latin-1") + b"\r\n\r\n"
    if request.method == "HEAD" or answer.status == 204:
        return
    if answer.parts is None:
        yield body
        return
    yield from chunks(answer.parts) if chunked else answer.parts


def chunks(parts):
    """Parts in the chunked coding."""
    for part in parts:
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


def encode(body):
    """A body as bytes, and its type."""
    if body is None:
        return b"", None
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    return json.dumps(body).encode() + b"\n", "application/json"


def arm_reset(sock):
    """Make the coming close a reset rather than an orderly end."""
    sock.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def cut(sock):
    """End a connection whose thread may be waiting in it."""
    try:
        arm_reset(sock)
        # That of TLS takes from its thread what it is reading with.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        pass    # gone already
