"""Rows: Vault breaks off, is silent, away, busy, or forgets."""

import json
import socket

from faults.place import Row
from support import clock, fake, httpc
from support.fake import Answer, errors
from support.waiting import until

CUT = (httpc.Closed, ConnectionError)
NOT_ANSWERED = (502, 503, 504)


def length_of(answer):
    """How many bytes an answer has."""
    request = fake.Request("GET", "/", "", {}, b"")
    return len(b"".join(fake.answer_bytes(request, answer)))


def cut_answers(place):
    """An answer that ends at any of its bytes is never taken for whole."""
    body = {"lease_id": "a/b/c", "lease_duration": 600, "renewable": True,
            "data": {"username": "u", "password": "p"}, "auth": None}
    length = length_of(Answer(200, body))
    daemon = place.ready()
    told = {"cut": 0, "error": 0}
    for at in range(length):
        path = f"/v1/leased/cut{at}"
        place.upstream.on("GET", path, Answer(200, body, reset_at=at))
        with daemon.connection(timeout=30) as peer:
            try:
                reply = peer.request("GET", path)
                assert reply.status == 502, (at, reply)
                told["error"] += 1
            except CUT:
                told["cut"] += 1
        place.upstream.on("GET", path, Answer(200, body))
        whole = daemon.client().get(path)
        assert whole.status == 200 and whole.json == body, (at, whole)
    counts = daemon.cache_counts()
    assert counts["flights"] == 0
    return Row(f"of {length} broken answers {told['error']} errors, "
               f"{told['cut']} cut ones; none for whole",
               "each request again, when the app asks again", "nothing")


def cut_logins(place):
    """A login whose answer breaks off is none, and is tried again."""
    moved = place.moved()
    place.leases.fake = place.upstream
    token = place.tokens.issue()
    whole = Answer(200, {"auth": place.tokens.tell(token)})
    cuts = list(range(0, length_of(whole), 7))
    place.upstream.on_write("/v1/auth/approle/login", *(
        Answer(200, whole.body, reset_at=at) for at in cuts),
        place.tokens.log_in)
    daemon = place.start(place.config(), env=moved.environment())
    timeline = clock.Timeline(moved, daemon)
    for _ in range(40 * len(cuts)):
        if timeline.advance(1)["ready"]:
            break
    assert place.tokens.logins == 1
    assert len(place.upstream.requests("/v1/auth/approle/login")) == (
        len(cuts) + 1)
    assert daemon.client().get("/v1/kv1/a").status == 200
    assert place.tokens.prefix not in daemon.log()
    return Row("503 until there is a token", f"{len(cuts)} logins, backed "
               "off, whose answers broke, and one more",
               "the tokens that never arrived: they live until their end")


def half_open(place):
    """The server takes the connection and says nothing."""
    daemon = place.ready(place.config(vault={"client_timeout": "2s"}))
    lease = daemon.client().get("/v1/leased/x").json["lease_id"]
    place.upstream.close_port()
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind((place.upstream.host, place.upstream.port))
        silent.listen(100)
        with daemon.connection(timeout=30) as peer:
            peer.send(httpc.render("GET", "/v1/leased/y"))
            hit = daemon.client().get("/v1/leased/x")
            assert hit.headers["X-Cache"] == "HIT"
            assert hit.json["lease_id"] == lease
            status = peer.read_reply().status
    assert status in NOT_ANSWERED, status
    place.upstream.open_port()
    until(lambda: daemon.client().get("/v1/leased/y").status == 200, 30,
          "an answer")
    return Row(f"{status} after the time limit; hits all the while",
               "connections that it does not see", "nothing")


def away(place):
    """Nobody listens; hits go on, and it is found again."""
    daemon = place.ready()
    lease = daemon.client().get("/v1/leased/x").json["lease_id"]
    place.upstream.close_port()
    assert daemon.client(timeout=30).get("/v1/kv1/a").status == 502
    assert daemon.client().get("/v1/leased/x").json["lease_id"] == lease
    assert daemon.client().get("/leasehold/v1/health").status == 200
    place.upstream.open_port()
    until(lambda: daemon.client().get("/v1/kv1/a").status == 200, 30,
          "an answer")
    return Row("502; hits all the while", "nothing", "nothing")


def away_at_start(place):
    """Nobody listens when it starts."""
    place.upstream.close_port()
    daemon = place.start()
    assert daemon.client(timeout=30).get("/v1/kv1/a").status in NOT_ANSWERED
    assert daemon.client().get("/leasehold/v1/ready").status != 200
    place.upstream.open_port()
    daemon.wait_ready(30)
    assert daemon.client().get("/v1/kv1/a").status == 200
    return Row("503, not ready; then answers", "one login", "nothing")


def restarts(place):
    """Kept connections are cut between two requests."""
    daemon = place.ready()
    assert daemon.client().get("/v1/kv1/a").status == 200
    for _ in range(20):
        place.upstream.close_port()
        place.upstream.open_port()
        assert daemon.client(timeout=30).get("/v1/kv1/a").status == 200
    return Row("answers, as if nothing were", "each read once",
               "nothing")


def sealed(place):
    """It says itself that it cannot."""
    daemon = place.ready()
    lease = daemon.client().get("/v1/leased/x").json["lease_id"]
    down = errors(503, "Vault is sealed")
    place.upstream.on("GET", "/v1/kv1/a", down)
    place.upstream.on("GET", "/v1/leased/*", down)
    reply = daemon.client(timeout=30).get("/v1/kv1/a")
    assert reply.status == 503 and reply.json == down.body
    assert daemon.client().get("/v1/leased/x").json["lease_id"] == lease
    assert place.tokens.logins == 1
    return Row("its 503, word for word; hits all the while",
               "what the app asks", "nothing")


def busy(place):
    """It asks for quiet: renewals keep it."""
    moved = place.moved()
    daemon = place.ready(env=moved.environment())
    timeline = clock.Timeline(moved, daemon)
    for number in range(20):
        daemon.client().get(f"/v1/leased/x{number}")
    place.leases.trouble = lambda _: Answer(
        429, {"errors": ["slow down"]}, (("Retry-After", "300"),))
    timeline.pass_time(2900, 20)
    first = len(place.leases.renewals())
    assert first, "no renewal was tried"
    told = len(place.leases.renewals())
    timeline.pass_time(60, 5)
    assert len(place.leases.renewals()) == told, "it was not left alone"
    return Row("hits while the leases live",
               f"{first} renewals in 15 minutes for 20 leases",
               "nothing yet: they are renewed when it is quiet")


def revoked(place):
    """Somebody has revoked our token."""
    daemon = place.ready()
    old = daemon.client().get("/v1/leased/x").json["lease_id"]
    place.tokens.revoke_all()
    assert daemon.client(timeout=30).get("/v1/kv1/a").status == 200
    fresh = daemon.client(timeout=30).get("/v1/leased/x").json["lease_id"]
    assert fresh != old and place.tokens.logins == 2
    return Row("answers: the read is sent again with a new token",
               "a look-up, a login, the read again",
               "the leases of the dead token")


def nonsense(place):
    """Answers that are no JSON, or other than they say."""
    kind = (("Content-Type", "application/json"),)
    daemon = place.ready()
    for body in (b"", b"{", b'{"lease_id":', b"\xff\xfe", b"[" * 10000,
                 json.dumps({"lease_id": "a", "lease_duration": "x"}
                            ).encode()):
        place.upstream.on("GET", "/v1/leased/n", Answer(200, body, kind))
        for _ in range(2):
            reply = daemon.client().get("/v1/leased/n")
            assert (reply.status, reply.body) == (200, body)
            assert reply.headers.get("X-Cache") != "HIT"
    return Row("what Vault said, byte for byte", "each request",
               "nothing, and nothing of it is kept")


ROWS = {
    "an answer cut at each byte": cut_answers,
    "a login cut": cut_logins,
    "half-open upstream": half_open,
    "Vault away": away,
    "Vault away at the start": away_at_start,
    "Vault restarts": restarts,
    "Vault sealed": sealed,
    "Vault busy (429)": busy,
    "our token revoked": revoked,
    "Vault talks nonsense": nonsense,
}
