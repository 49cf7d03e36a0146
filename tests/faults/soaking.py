"""Load for minutes, while all that can fail fails at random.

What must hold meanwhile: nobody is given what was got for another; no lease
is served that has ended, or that was revoked through the proxy; what is said
of a lease's life is true; the counters add up. Afterwards: the memory has not
grown since it was warm, no descriptor is left open, the process ends well.
"""

import json
import os
import random
import statistics
import threading
import time

from faults.place import Place
from support import daemon, httpc
from support.fake import Answer, errors
from support.fake_kv import Secrets
from support.fake_tokens import DENIED, secret
from support.waiting import until

PATHS = 60
OWN_TOKENS = 6
READERS = 4
TOKEN_TTL = 40
LEASE_TTLS = (4, 8, 15, 30)
SWITCH_SECONDS = (0.2, 2.0)
REVOKE_ALL_EVERY = 30
WARM_SECONDS = 240      # of a soak after which memory is judged
GROWTH_PART = 0.05
GROWTH_BYTES = 1024 * 1024
ON_THE_WAY = 3          # seconds that an answer of the server takes at most
SPARE_SOCKETS = 2
AUTO = "auto"
BROKEN = (OSError, httpc.Closed, ValueError, IndexError)
TROUBLES = (None, None, None, "broken", "busy", "sealed", "reset", "half",
            "slow", "nonsense", "denied", "gone", "closed")


class Grant:
    """A lease as the server knows it."""

    def __init__(self, name, token, ends):
        self.name = name
        self.token = token
        self.ends = ends
        self.revoked_at = None      # and the proxy has heard of it


class Server:
    """Grants leases and tokens; its trouble is switched."""

    def __init__(self, place, seed):
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.place = place
        self.fake = place.upstream
        self.tokens = place.tokens
        self.tokens.ttl = TOKEN_TTL
        self.trouble = None
        self.numbers = 0
        self.grants = {}
        self.own = set()
        self.secrets = Secrets(self.fake, self.tokens)
        for number in range(8):
            self.secrets.set(f"s{number}", f"value{number}")
        fake = self.fake
        fake.on("GET", "/v1/leased/*", self.troubled(self.grant))
        fake.on_write("/v1/sys/leases/renew", self.troubled(self.renew))
        fake.on_write("/v1/sys/leases/revoke", self.troubled(self.revoke))
        fake.on_write("/v1/auth/token/create", self.troubled(self.create))
        fake.on_write("/v1/auth/token/renew-self",
                      self.troubled(self.tokens.renew_self))

    def troubled(self, inner):
        """An answer, or what the trouble makes of it."""
        guarded = self.tokens.guarded(inner)

        def answer(request):
            trouble = self.trouble
            if trouble in SPOILT:
                return SPOILT[trouble](request)
            found = guarded(request)
            if trouble == "half":
                found.reset_at = self.random.randrange(1, 250)
            elif trouble == "slow":
                found.delay = self.random.random() / 5
            return found
        return answer

    def grant(self, request):
        """A new lease."""
        with self.lock:
            self.numbers += 1
            ttl = self.random.choice(LEASE_TTLS)
            name = f"{request.path.removeprefix('/v1/')}/{self.numbers}"
            self.grants[name] = Grant(name, request.token,
                                      time.monotonic() + ttl)
            pad = "x" * self.random.randrange(2000)
        return Answer(200, secret(
            lease_id=name, lease_duration=ttl, renewable=True,
            data={"for": request.token, "pad": pad}))

    def renew(self, request):
        """It lives longer, if it lives."""
        with self.lock:
            grant = self.grants.get(request.json["lease_id"])
            now = time.monotonic()
            if (grant is None or grant.revoked_at or grant.ends <= now
                    or self.trouble == "gone"):
                return errors(400, "lease not found")
            ttl = self.random.choice(LEASE_TTLS)
            grant.ends = max(grant.ends, now + ttl)
        return Answer(200, secret(
            lease_id=grant.name, lease_duration=ttl, renewable=True))

    def revoke(self, _):
        """What is revoked is noted by the one who asked, once it knows."""
        return Answer(204)

    def create(self, _):
        """A token below ours."""
        token = self.tokens.issue()
        with self.lock:
            self.own.add(token.text)
        return Answer(200, secret(auth=self.tokens.tell(token)))

    def forget(self):
        """What was heard, and what ended long ago."""
        old = time.monotonic() - 60
        with self.lock:
            self.grants = {name: grant for name, grant in self.grants.items()
                           if grant.ends > old}
        with self.fake.lock:
            self.fake.heard.clear()


SPOILT = {
    "broken": lambda _: errors(500, "broken"),
    "busy": lambda _: Answer(
        429, {"errors": ["slow down"]}, (("Retry-After", "1"),)),
    "sealed": lambda _: errors(503, "Vault is sealed"),
    "reset": lambda _: Answer(200, reset_at=0),
    "nonsense": lambda _: Answer(
        200, b'{"lease_id":"a', (("Content-Type", "application/json"),)),
    "denied": lambda _: errors(403, DENIED),
}


class Reader(threading.Thread):
    """A caller that checks what it is given."""

    def __init__(self, soak, seed):
        super().__init__(daemon=True)
        self.soak = soak
        self.random = random.Random(seed)
        self.mine = []
        self.peer = None
        self.statuses = {}
        self.hits = 0

    def run(self):
        moves = (self.read,) * 30 + (self.read_secret,) * 6 + (
            self.revoke, self.make_token, self.leave, self.half_a_request)
        while not self.soak.over.is_set():
            try:
                self.random.choice(moves)()
            except BROKEN:
                self.leave()
            except AssertionError as problem:
                self.soak.problems.append(problem)

    def ask(self, method, path, token=None, body=None):
        """A request over a connection that is kept while it holds."""
        if self.peer is None:
            self.peer = self.soak.daemon.connection(timeout=60)
        fields = [("X-Vault-Token", token)] if token else []
        data = json.dumps(body).encode() if body is not None else b""
        reply = self.peer.request(method, path, fields, data)
        self.statuses[reply.status] = self.statuses.get(reply.status, 0) + 1
        return reply

    def read(self):
        """A lease that is one's own, alive, with its true time."""
        token = self.random.choice([None, None, *self.mine])
        path = f"/v1/leased/p{self.random.randrange(PATHS)}"
        sent = time.monotonic()
        reply = self.ask("GET", path, token)
        if reply.status == 403 and token in self.mine:
            self.mine.remove(token)
        if reply.status != 200 or reply.body.startswith(b'{"lease_id":"a'):
            return None
        self.hits += reply.headers.get("X-Cache") == "HIT"
        return self.judge(reply.json, token, sent)

    def judge(self, shown, token, sent):
        """Holds an answer against what the server knows."""
        name, server = shown["lease_id"], self.soak.server
        with server.lock:
            grant = server.grants[name]
            was_own = grant.token in server.own
            ends, revoked = grant.ends, grant.revoked_at
        assert shown["data"]["for"] == grant.token
        assert grant.token == token if token else not was_own, (
            f"{name} of {grant.token} given to {token}")
        assert ends + ON_THE_WAY > sent, f"{name} had ended {sent - ends:.2f} s before"
        assert shown["lease_duration"] <= ends - sent + 1 + ON_THE_WAY, (
            f"{name}: {shown['lease_duration']} of {ends - sent:.2f} s")
        assert revoked is None or revoked > sent, f"{name} was revoked"
        return name

    def read_secret(self):
        """A value that the server has."""
        number = self.random.randrange(8)
        reply = self.ask("GET", f"/v1/secret/data/s{number}")
        if reply.status == 200:
            value = reply.json["data"]["data"]["value"]
            assert value == f"value{number}", value

    def revoke(self):
        """A lease that is revoked is gone when that is answered."""
        name = self.read()
        if name is None:
            return
        reply = self.ask("PUT", "/v1/sys/leases/revoke", None,
                         {"lease_id": name})
        if reply.status == 204:
            with self.soak.server.lock:
                self.soak.server.grants[name].revoked_at = time.monotonic()

    def make_token(self):
        """Another identity."""
        reply = self.ask("POST", "/v1/auth/token/create", None,
                         {"n": self.random.random()})
        if reply.status == 200 and reply.json.get("auth"):
            self.mine.append(reply.json["auth"]["client_token"])
            del self.mine[:-OWN_TOKENS]

    def leave(self):
        """Perhaps with an answer under way."""
        if self.peer is not None:
            self.peer.close()
        self.peer = None

    def half_a_request(self):
        """And gone."""
        with self.soak.daemon.connection() as peer:
            data = httpc.render("GET", "/v1/leased/p1")
            peer.send(data[:self.random.randrange(len(data) + 1)])


class Soak:
    """The whole of it."""

    def __init__(self, place, seconds, seed):
        self.place = place
        self.seconds = seconds
        self.random = random.Random(seed)
        self.server = Server(place, seed)
        self.over = threading.Event()
        self.problems = []
        self.memory = []
        self.switches = 0
        config = place.config(limits={"head_timeout": "5s"})
        config["cache"] = {'static "secret/*"': {}}
        config["vault"]["client_timeout"] = "5s"
        self.daemon = place.ready(config, env=self.environment())
        self.readers = [Reader(self, seed * 100 + n) for n in range(READERS)]

    def environment(self):
        """Sanitizers keep freed memory; not too much of it."""
        if not daemon.has_sanitizers(self.place.binary):
            return {}
        usual = daemon.clean_environment(self.place.folder)["ASAN_OPTIONS"]
        return {"ASAN_OPTIONS": usual.replace(
            str(self.place.folder), str(self.place.folder / "daemon0"))
            + ":quarantine_size_mb=4:malloc_context_size=6"}

    def run(self):
        """Raises what did not hold; returns the figures."""
        self.rest()
        before = self.files()
        for reader in self.readers:
            reader.start()
        try:
            self.switch_until(time.monotonic() + self.seconds)
        finally:
            self.over.set()
            self.server.trouble = None
            for reader in self.readers:
                reader.join(90)
        assert not self.problems, self.problems[:3]
        self.rest()
        until(lambda: self.files_are_back(before), 60, "descriptors to close")
        counts = self.daemon.cache_counts()
        return self.figures(counts, before)

    def switch_until(self, end):
        """Another trouble now and then; a look at all that is counted."""
        revoked = time.monotonic()
        while time.monotonic() < end and not self.problems:
            self.change()
            if time.monotonic() - revoked > REVOKE_ALL_EVERY:
                revoked = time.monotonic()
                self.place.tokens.revoke_all()
            self.over.wait(self.random.uniform(*SWITCH_SECONDS))
            self.memory.append(self.daemon.rss_bytes())
            self.look()
            self.server.forget()

    def change(self):
        """The next trouble."""
        if self.server.trouble == "closed":
            self.place.upstream.open_port()
        self.server.trouble = self.random.choice(TROUBLES)
        if self.server.trouble == "closed":
            self.place.upstream.close_port()
        self.switches += 1

    def look(self):
        """What entered the cache is there, or has left."""
        try:
            self.daemon.cache_counts()
        except AssertionError as problem:
            self.problems.append(problem)

    def rest(self):
        """Nothing is under way; connections that the server has cut are
        noticed when the next one is needed."""
        if self.place.upstream.listener is None:
            self.place.upstream.open_port()
        self.place.upstream.close_port()
        self.place.upstream.open_port()
        for reader in self.readers:
            reader.leave()
        self.daemon.wait_ready(60)
        until(lambda: self.daemon.client(timeout=60).get(
            "/v1/kv1/a").status == 200, 60, "an answer")

    def files(self):
        """How many descriptors are open; None when we may not know."""
        try:
            return len(os.listdir(f"/proc/{self.daemon.pid}/fd"))
        except PermissionError:
            return None

    def files_are_back(self, before):
        """After a turn in which what is dead is found to be so."""
        self.daemon.client().get("/v1/kv1/a")
        now = self.files()
        return before is None or now <= before + SPARE_SOCKETS

    def figures(self, counts, before):
        """What is told; the memory must not have grown."""
        quarter = max(1, len(self.memory) // 4)
        warm = statistics.median(self.memory[quarter:2 * quarter] or [0])
        last = statistics.median(self.memory[-quarter:])
        statuses = {}
        for reader in self.readers:
            for status, count in reader.statuses.items():
                statuses[status] = statuses.get(status, 0) + count
        told = {
            "seconds": self.seconds, "switches": self.switches,
            "requests": sum(statuses.values()),
            "statuses": dict(sorted(statuses.items())),
            "hits": sum(reader.hits for reader in self.readers),
            "logins": self.place.tokens.logins,
            "rss_warm": int(warm), "rss_last": int(last),
            "files_before": before, "files_after": self.files(),
            "entered": counts["entered"], "left": counts["left"]}
        if self.seconds >= WARM_SECONDS:
            assert last <= warm * (1 + GROWTH_PART) + GROWTH_BYTES, told
        assert told["hits"], told
        return told


def soak(binary, seconds, seed):
    """One soak; the figures. Raises what did not hold."""
    with Place(binary) as place:
        return Soak(place, seconds, seed).run()
