"""Random sequences against a small model of what the cache must hold.

MODEL_SEEDS=N in the environment walks N further sequences, which nobody has
walked before; a failure names its seed, and SEEDS can take it in.
"""

import json
import os
import random
import select
import urllib.parse

import pytest

from support import daemon, httpc
from support.cache_truth import AUTO, NS, Truth

pytestmark = pytest.mark.fake

STEPS = 4200            # of each seed
SANITIZED_STEPS = 1000
SEEDS = [1, 2, 3, 4, 278551408] + [
    random.SystemRandom().randrange(10 ** 9)
    for _ in range(int(os.environ.get("MODEL_SEEDS", "0")))]
PATHS = 6
MAX_TOKENS = 4
CHECK_EVERY = 20
OWN_JOBS = 1            # of the token of the daemon
REVOKE_LEASE = ["sys/leases/revoke", "sys/revoke"]
REVOKE_PREFIX = ["sys/leases/revoke-prefix", "sys/leases/revoke-force",
                 "sys/revoke-prefix", "sys/revoke-force"]
NO_RETRY = {"retry": {"num_retries": -1}}


class Walk:
    """One random sequence."""

    def __init__(self, world, seed):
        self.random = random.Random(seed)
        self.here = world(retry=NO_RETRY)
        self.truth = Truth(self.here, self.random)
        self.model = self.truth.model
        self.own = []           # tokens made through the proxy
        self.bodies = {}        # the requests that made them
        self.hits = self.misses = 0
        self.is_heard = False   # the server, since all was done
        self.peer = self.here.leasehold.connection()
        self.trail = []
        self.moves = [
            (50, self.read), (4, self.refetch), (6, self.make_token),
            (3, self.make_token_again), (8, self.revoke_lease),
            (2, self.revoke_prefix), (3, self.revoke_token), (1, self.clear),
            (14, self.let_time_pass), (6, self.change_trouble),
            (1, self.lose_token), (3, self.renew)]

    def run(self, steps):
        """So many moves."""
        weights, moves = zip(*self.moves)
        for step in range(steps):
            move = self.random.choices(moves, weights)[0]
            self.trail.append(move.__name__)
            move()
            if self.is_heard:
                self.here.timeline.settle()
                self.is_heard = False
            if step % CHECK_EVERY == 0:
                self.check()
        self.finish()

    def ask(self, method, path, token=AUTO, body=None, headers=()):
        """A request; what it was answered, and what the server granted.

        An answer of the server may let parked renewals start, which then race
        with the next move.
        """
        fields = list(headers)
        if token != AUTO:
            fields.append(("X-Vault-Token", token))
        self.truth.granted.clear()
        self.model.expire()
        reply = self.peer.request(method, path, fields, body or b"")
        self.is_heard |= reply.headers.get("X-Cache") != "HIT"
        return reply, list(self.truth.granted)

    def place(self):
        """A path that is leased: namespace, path, request path, fields."""
        name = f"leased/p{self.random.randrange(PATHS)}"
        form = self.random.choice(["root", "root", "header", "path"])
        if form == "header":
            return NS, name, f"/v1/{name}", [("X-Vault-Namespace", "ns1")]
        if form == "path":
            return NS, name, f"/v1/{NS}{name}", []
        return "", name, f"/v1/{name}", []

    def who(self):
        """An identity."""
        return self.random.choice([AUTO, AUTO, *self.own])

    def read(self, refetch=False):
        """A read is a hit exactly when the model has a living entry.

        One that joins the fetch of a successor of what is gone meanwhile is
        told so as well, but got what was granted just now.
        """
        namespace, name, path, fields = self.place()
        token = self.who()
        key = (token, namespace, name)
        if refetch:
            fields.append(("Cache-Control", "no-cache"))
        self.model.expire()
        entry = None if refetch else self.model.find(key)
        before = self.model.entries.get(key)
        reply, granted = self.ask("GET", path, token, headers=fields)
        has_joined = entry is None and granted and reply.status == 200
        if reply.headers.get("X-Cache") == "HIT" and not has_joined:
            self.check_hit(reply, entry, key)
            self.here.timeline.settle()
            return
        assert entry is None or has_joined, (key, entry, reply)
        self.misses += 1
        if reply.status == 200:
            assert reply.json["lease_id"] in granted
        elif token != AUTO and not self.truth.is_alive(token):
            assert reply.status == 403
        else:
            assert self.truth.trouble and reply.status in (429, 500, 502)
            assert self.model.entries.get(key) is before

    def refetch(self):
        """A read that asks for a new answer gets one."""
        self.read(refetch=True)

    def check_hit(self, reply, entry, key):
        """What is served is what was kept, for that identity, and alive."""
        assert entry is not None, (key, reply)
        shown = reply.json
        assert shown["lease_id"] == entry.name, (key, entry, reply)
        assert self.truth.is_alive(entry.name), (key, entry)
        grant = self.truth.grants[entry.name]
        assert self.truth.holder(grant.token) == key[0]
        now = self.here.clock.now()
        left = max(1, int(entry.expires - now))
        assert shown["lease_duration"] == min(left, entry.most)
        assert int(reply.headers["Age"]) == int(now - entry.born)
        self.hits += 1

    def make_token(self):
        """A token made through the proxy, under ours or another."""
        while len(self.own) >= MAX_TOKENS:
            self.own.pop(0)
        kind = self.random.choice(["create", "create", "create-orphan"])
        path = f"/v1/auth/token/{kind}"
        body = json.dumps({"n": self.random.random()}).encode()
        maker = self.who()
        reply, _ = self.ask("POST", path, maker, body)
        if reply.status == 200:
            token = reply.json["auth"]["client_token"]
            self.own.append(token)
            self.bodies[token] = (maker, path, body)

    def make_token_again(self):
        """The same request gives the same token while that is kept."""
        if not self.own:
            return
        token = self.random.choice(self.own)
        maker, path, body = self.bodies[token]
        self.model.expire()
        entry = self.model.find((maker, "", path, body))
        reply, _ = self.ask("PUT", path, maker, body)
        if entry is None:
            assert reply.headers.get("X-Cache") != "HIT", (path, reply)
        else:
            assert reply.headers["X-Cache"] == "HIT"
            assert reply.json["auth"]["client_token"] == entry.name
            assert self.truth.is_alive(entry.name)
            self.here.timeline.settle()

    def some_lease(self):
        """A lease that is kept, or an old one."""
        kept = [e for e in self.model.entries.values() if not e.is_token]
        return self.random.choice(kept) if kept else None

    def revoke_lease(self):
        """A revoked lease is gone, by every path."""
        entry = self.some_lease()
        if entry is None:
            return
        path = self.random.choice(REVOKE_LEASE)
        body = None
        if self.random.random() < 0.5:
            body = json.dumps({"lease_id": entry.name}).encode()
        else:
            path += "/" + entry.name
        if self.write(path, entry.namespace, body):
            self.truth.revoke(entry.name)
            self.model.drop(entry)

    def write(self, path, namespace="", body=None, token=AUTO):
        """Whether the server did what was asked."""
        fields = []
        if namespace and self.random.random() < 0.5:
            fields = [("X-Vault-Namespace", namespace)]
        else:
            path = namespace + path
        reply, done = self.ask("PUT", f"/v1/{path}", token, body, fields)
        assert (reply.status == 204) == (done == ["revoked"])
        return done == ["revoked"]

    def revoke_prefix(self):
        """All below a prefix is gone, in its namespace alone."""
        namespace = self.random.choice(["", NS])
        prefix = self.random.choice(
            ["leased/", f"leased/p{self.random.randrange(PATHS)}"])
        path = self.random.choice(REVOKE_PREFIX)
        if not self.write(f"{path}/{prefix}", namespace):
            return
        for entry in list(self.model.entries.values()):
            if (not entry.is_token and entry.namespace == namespace
                    and entry.name.startswith(prefix)):
                self.truth.revoke(entry.name)
                self.model.drop(entry)

    def revoke_token(self):
        """A revoked token takes its tree, or leaves its children."""
        if not self.own:
            return
        token = self.own.pop(self.random.randrange(len(self.own)))
        accessor = "of" + token
        quoted = urllib.parse.quote(token)
        paths = {
            "revoke": {"token": token}, f"revoke/{quoted}": None,
            "revoke-accessor": {"accessor": accessor},
            f"revoke-accessor/{accessor}": None, "revoke-self": None,
            "revoke-orphan": {"token": token}}
        path = self.random.choice(list(paths))
        body = json.dumps(paths[path]).encode() if paths[path] else None
        caller = token if path == "revoke-self" else AUTO
        if not self.write(f"auth/token/{path}", "", body, caller):
            return
        entry = self.model.named(token)
        if path == "revoke-orphan":
            for grant in self.truth.grants.values():
                if grant.parent == token and grant.name.startswith("hvs."):
                    grant.parent = None
            self.model.orphan(token)
        self.truth.revoke(token)
        if entry is not None:
            self.model.drop(entry)

    def clear(self):
        """cache-clear forgets; on the server all lives on."""
        kind = self.random.choice(["all", "lease", "token", "request_path"])
        entry = self.some_lease()
        asked = {"type": kind}
        if kind == "lease" and entry:
            asked["value"] = entry.name
            gone = [entry]
        elif kind == "token" and self.own:
            asked["value"] = self.random.choice(self.own)
            gone = [self.model.named(asked["value"])]
        elif kind == "request_path" and entry:
            asked["value"] = "/v1/" + entry.key[2]
            asked["namespace"] = entry.namespace
            gone = [e for e in self.model.entries.values() if not e.is_token
                    and e.key[1] == entry.key[1]
                    and e.key[2].startswith(entry.key[2])]
        else:
            asked["type"] = "all"
            gone = list(self.model.entries.values())
        reply, _ = self.ask("POST", "/proxy/v1/cache-clear",
                            body=json.dumps(asked).encode())
        assert reply.status == 200
        for one in filter(None, gone):
            self.model.drop(one)

    def let_time_pass(self):
        """Renewals, successors and ends come in their time."""
        seconds = self.random.choice([1, 1, 2, 5, 5, 10, 30, 120])
        steps = min(seconds, 5)
        for _ in range(steps):
            self.here.timeline.advance(seconds / steps)
            self.model.expire()

    def change_trouble(self):
        """The server fails in some way from now on, or is well again."""
        self.truth.trouble = self.random.choice(
            [None, None, None, "broken", "busy", "reset", "denied", "gone",
             "dead"])

    def renew(self):
        """A renewal by the caller moves the life of the entry."""
        entry = self.some_lease()
        if entry is None or self.truth.trouble:
            return
        body = json.dumps({"lease_id": entry.name}).encode()
        reply, _ = self.ask("PUT", "/v1/sys/leases/renew", body=body)
        assert reply.status in (200, 400)
        if reply.status == 400:
            self.model.enter(entry)

    def lose_token(self):
        """Our token dies behind our back; the next request finds out."""
        self.truth.trouble = None
        self.here.timeline.advance(61)      # a login keeps its distance
        self.model.expire()
        self.here.tokens.revoke_all()
        self.peer.send(httpc.render("GET", "/v1/kv1/a"))
        # The look-up and the login have their turn within the budget.
        while not select.select([self.peer.sock], [], [], 0.01)[0]:
            self.here.timeline.advance(1)
        assert self.peer.read_reply().status == 200
        self.model.expire()
        self.model.drop_under(AUTO)
        self.own = [t for t in self.own if self.truth.is_alive(t)]

    def check(self):
        """The counters add up; nothing is there but what the model has."""
        status = self.here.timeline.settle()
        self.model.expire()
        counts = status["cache"]
        assert counts["entered"] == (
            counts["entries"] + sum(counts["left"].values()))
        assert counts["entries"] == len(self.model.entries)
        assert status["background"]["waiting"] <= (
            counts["entries"] + counts["flights"] + OWN_JOBS)

    def finish(self):
        """When nothing is kept there is no work left."""
        self.truth.trouble = None
        self.here.timeline.pass_time(60, 5)
        self.model.expire()
        self.check()
        self.here.leasehold.client().put(
            "/agent/v1/cache-clear", {"type": "all"})
        self.here.timeline.pass_time(30, 5)
        status = self.here.timeline.settle()
        assert status["cache"]["flights"] == 0
        assert status["background"] == {"waiting": OWN_JOBS, "running": 0}

    def describe(self):
        """The last moves, for the report."""
        return " ".join(self.trail[-12:])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cache_holds_what_the_model_holds(world, binary, seed):
    walk = Walk(world, seed)
    steps = SANITIZED_STEPS if daemon.has_sanitizers(binary) else STEPS
    try:
        walk.run(steps)
    except (AssertionError, OSError, httpc.Closed) as problem:
        raise AssertionError(
            f"seed {seed}, move {len(walk.trail)}: {problem}\n"
            f"{walk.describe()}") from problem
    assert walk.hits > steps / 20
    assert walk.misses > steps / 20
