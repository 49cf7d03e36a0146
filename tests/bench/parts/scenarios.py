"""Which load goes to which servers, and which ratios are asked for."""

import dataclasses

HIT = ("limit", "nginx-return", "nginx-cache", "incumbent", "leasehold")
PASS = ("nginx-pass", "incumbent", "curl", "leasehold")


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One load, the same for all its servers."""
    name: str
    title: str
    servers: tuple
    path: str
    connections: int = 32
    script: str = ""
    door: str = "plain"
    upstream: str = ""
    tool: str = "wrk"
    method: str = "GET"


SCENARIOS = [
    Scenario("hit", "hit, GET, 450 B", HIT, "/v1/leased/x"),
    Scenario("hit-post", "hit, POST with a body",
             ("limit", "nginx-cache", "incumbent", "leasehold"),
             "/v1/leased/post", script="post"),
    Scenario("hit-16k", "hit, 16 KB",
             ("limit-16k", "nginx-cache", "incumbent", "leasehold"),
             "/v1/files/16k"),
    Scenario("hit-1m", "hit, 1 MB",
             ("limit-1m", "nginx-cache", "incumbent", "leasehold"),
             "/v1/files/1m", 8),
    Scenario("pass", "pass-through, 450 B", PASS, "/v1/plain/x"),
    Scenario("pass-1m", "pass-through, 1 MB down",
             ("nginx-pass", "incumbent", "leasehold"),
             "/v1/files/plain-1m", 8),
    Scenario("put-1m", "pass-through, 1 MB up",
             ("nginx-pass", "incumbent", "leasehold"),
             "/v1/plain/put", 8, "put-1m"),
    Scenario("list", "LIST", ("nginx-pass", "incumbent", "leasehold"),
             "/v1/plain/list", tool="h2load", method="LIST"),
    Scenario("mix", "9 hits, 1 miss",
             ("nginx-cache", "incumbent", "leasehold"), "/v1/leased/x",
             script="mix"),
    Scenario("c1", "hit, 1 connection", HIT, "/v1/leased/x", 1),
    Scenario("c1000", "hit, 1,000 connections", HIT, "/v1/leased/x", 1000),
    Scenario("c10000", "hit, 10,000 connections",
             ("limit", "nginx-cache", "incumbent", "leasehold"),
             "/v1/leased/x", 10000),
    Scenario("oneshot", "hit, a connection each", HIT, "/v1/leased/x",
             script="oneshot"),
    Scenario("tls", "hit, TLS listener",
             ("nginx-cache", "incumbent", "leasehold"), "/v1/leased/x",
             door="tls"),
    Scenario("unix", "hit, unix socket", ("incumbent", "leasehold"),
             "/v1/leased/x", door="unix", tool="h2load"),
    Scenario("tls-up", "pass-through, TLS upstream, HTTP/1.1",
             ("incumbent", "leasehold"), "/v1/plain/x", upstream="tls"),
    Scenario("h2-up", "pass-through, TLS upstream, HTTP/2",
             ("incumbent", "curl", "leasehold"), "/v1/plain/x",
             upstream="h2"),
]


@dataclasses.dataclass(frozen=True)
class Latency:
    """An open loop at half of what a server does at most: each its own half,
    or all the same one."""
    name: str
    title: str
    servers: tuple
    path: str
    half_of: str = ""


LATENCIES = [
    Latency("lat-hit", "hits, at half the maximum",
            ("limit", "nginx-cache", "incumbent", "leasehold"),
            "/v1/leased/x"),
    Latency("lat-hit-same", "hits, at half the incumbent's",
            HIT, "/v1/leased/x", "incumbent"),
    Latency("lat-pass", "misses, at half the maximum",
            ("nginx-pass", "incumbent", "leasehold"), "/v1/plain/x"),
    Latency("lat-pass-same", "misses, at half the incumbent's",
            ("nginx-pass", "incumbent", "leasehold"), "/v1/plain/x",
            "incumbent"),
]
OTHERS = {
    "memory": "memory with nothing, and with leases",
    "start": "from start to the first answer",
    "idle": "wake-ups while nothing happens",
    "leases": "many leases, and what their renewals cost",
}
QUICK = ("hit", "pass", "lat-hit", "lat-hit-same", "memory", "start")
# Not in the default run: they need more time or more descriptors.
EXTRA = ("leases",)


def all_names():
    """Of everything that --only knows."""
    return ([each.name for each in SCENARIOS]
            + [each.name for each in LATENCIES] + list(OTHERS))
