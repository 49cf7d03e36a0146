"""KV secrets of a real server are kept, and never older than promised."""

import multiprocessing
import selectors
import time

import pytest

from support import httpc, settings
from support.waiting import until

pytestmark = pytest.mark.live

READERS = 32
WRITES = 10000
TTL_SECONDS = 1


@pytest.fixture
def static(real_vault, daemons, login):
    """Starts a daemon that keeps KV answers of both versions."""
    def make(ttl="60s", **row):
        rows = {f'static "{path}"': {"ttl": ttl, **row}
                for path in ("secret/*", "kv1/*")}
        return daemons.start(settings.proxy(
            real_vault.address, login(token_ttl="1h"),
            cache=rows)).wait_ready()
    return make


def cached(reply):
    """Where a reply came from."""
    return reply.headers.get("X-Cache")


def test_version_2_is_read_once(static, real_vault):
    client = static().client()
    client.post("/v1/secret/data/static/a", {"data": {"n": "1"}})
    before = real_vault.heard("secret/data/static/a")
    first, second = (client.get("/v1/secret/data/static/a") for _ in range(2))
    assert (cached(first), cached(second)) == ("MISS", "HIT")
    assert second.json["data"]["data"] == {"n": "1"}
    assert real_vault.heard("secret/data/static/a") == before + 1


def test_each_version_is_an_answer_of_its_own(static):
    client = static().client()
    for number in ("1", "2"):
        client.post("/v1/secret/data/static/versions", {"data": {"n": number}})
    for _ in range(2):
        old = client.get("/v1/secret/data/static/versions?version=1")
        new = client.get("/v1/secret/data/static/versions")
        assert old.json["data"]["data"] == {"n": "1"}
        assert new.json["data"]["data"] == {"n": "2"}
    assert cached(old) == cached(new) == "HIT"


def test_deletion_and_its_undoing_are_seen_at_once(static):
    path = "/v1/secret/data/static/c"
    client = static().client()
    client.post(path, {"data": {"n": "1"}})
    assert client.get(path).status == 200
    client.delete(path)
    assert client.get(path).status == 404
    client.post("/v1/secret/undelete/static/c", {"versions": [1]})
    assert client.get(path).json["data"]["data"] == {"n": "1"}
    client.put("/v1/secret/destroy/static/c", {"versions": [1]})
    assert client.get(path).status == 404
    client.delete("/v1/secret/metadata/static/c")
    assert client.get("/v1/secret/metadata/static/c").status == 404


def test_a_version_that_deletes_itself_is_gone_by_then(static):
    path = "/v1/secret/data/static/fading"
    client = static().client()
    client.post("/v1/secret/metadata/static/fading",
                {"delete_version_after": "3s"})
    client.post(path, {"data": {"n": "1"}})
    assert [client.get(path).status for _ in range(2)] == [200, 200]
    until(lambda: client.get(path).status == 404, 30, "the deletion")


def test_a_patch_and_metadata_are_seen_at_once(static, real_vault):
    client = static().client()
    path = "/v1/secret/data/static/d"
    client.post(path, {"data": {"a": "1"}})
    client.get(path)
    client.get("/v1/secret/metadata/static/d")
    client.post("/v1/secret/metadata/static/d", {"custom_metadata": {"k": "v"}})
    told = client.get("/v1/secret/metadata/static/d").json["data"]
    assert told["custom_metadata"] == {"k": "v"}
    patched = real_vault.root.address and client.request(
        "PATCH", path, b'{"data":{"b":"2"}}',
        headers=[("Content-Type", "application/merge-patch+json")])
    if patched.status == 200:       # the policy may not allow it
        assert client.get(path).json["data"]["data"] == {"a": "1", "b": "2"}


def test_version_1_and_its_lists(static):
    client = static().client()
    client.post("/v1/kv1/f/a", {"n": "1"})
    assert client.list("/v1/kv1/f").json["data"]["keys"] == ["a"]
    assert cached(client.list("/v1/kv1/f/")) == "HIT"
    assert cached(client.get("/v1/kv1/f?list=true")) == "HIT"
    client.get("/v1/kv1/f/a")
    assert cached(client.get("/v1/kv1/f/a")) == "HIT"
    client.put("/v1/kv1/f/a", {"n": "2"})
    assert client.get("/v1/kv1/f/a").json["data"] == {"n": "2"}
    client.put("/v1/kv1/f/b", {"n": "1"})
    assert client.list("/v1/kv1/f").json["data"]["keys"] == ["a", "b"]
    client.delete("/v1/kv1/f/a")
    assert client.get("/v1/kv1/f/a").status == 404
    assert client.list("/v1/kv1/f").json["data"]["keys"] == ["b"]


def test_a_write_of_another_client_is_seen_within_the_ttl(static, real_vault):
    client = static(ttl=f"{TTL_SECONDS}s").client()
    for path, wrap in (("secret/data/static/e", lambda d: {"data": d}),
                       ("kv1/e", lambda d: d)):
        real_vault.call("POST", path, wrap({"n": "old"}))
        client.get(f"/v1/{path}")
        real_vault.call("POST", path, wrap({"n": "new"}))
        written = asked = time.monotonic()
        while '"new"' not in client.get(f"/v1/{path}").body.decode():
            assert asked - written < TTL_SECONDS + 0.5, "the old value"
            asked = time.monotonic()


def test_watching_sees_a_write_of_another_client(static, real_vault):
    client = static(ttl="1s").client()
    real_vault.call("POST", "secret/data/static/w", {"data": {"n": "old"}})
    index = client.get("/v1/secret/data/static/w").headers["X-Leasehold-Index"]
    real_vault.call("POST", "secret/data/static/w", {"data": {"n": "new"}})
    reply = client.get("/v1/secret/data/static/w?leasehold_wait=10s"
                       f"&leasehold_index={index}")
    assert reply.json["data"]["data"] == {"n": "new"}


def test_callers_are_told_apart_by_the_server(static, real_vault):
    leasehold = static()
    real_vault.call("POST", "secret/data/static/r", {"data": {"n": "1"}})
    made = real_vault.call("POST", "auth/token/create", {"policies": ["app"]})
    none = real_vault.call("POST", "auth/token/create", {
        "policies": ["default"], "no_default_policy": False})
    path = "/v1/secret/data/static/r"
    leasehold.client().get(path)
    own = leasehold.client(token=made["auth"]["client_token"])
    assert [cached(own.get(path)) for _ in range(2)] == ["MISS", "HIT"]
    stranger = leasehold.client(token=none["auth"]["client_token"])
    assert stranger.get(path).status == 403


def read_all_the_time(address, path, written, wrong, reads, done):
    """Readers: none may see less than was acknowledged when it asked."""
    request = httpc.render("GET", path)
    mark = b'"n":"'
    selector = selectors.DefaultSelector()

    def ask(sock):
        selector.modify(sock, selectors.EVENT_READ, (written.value, b""))
        sock.sendall(request)

    for _ in range(READERS):
        sock = httpc.connect(address)
        selector.register(sock, selectors.EVENT_READ, None)
        ask(sock)
    while not done.is_set():
        for key, _ in selector.select(1):
            known, buffer = key.data
            buffer += key.fileobj.recv(65536)
            head, _, body = buffer.partition(b"\r\n\r\n")
            if not body.rstrip().endswith(b"}"):
                selector.modify(key.fileobj, selectors.EVENT_READ,
                                (known, buffer))
                continue
            assert head.startswith(b"HTTP/1.1 200"), head
            value = int(body.split(mark, 1)[1].split(b'"', 1)[0])
            if value < known:
                wrong.value += 1
            reads.value += 1
            ask(key.fileobj)


@pytest.mark.plain
@pytest.mark.parametrize("path, body, writes", [
    ("/v1/kv1/ryw", b'{"n":"%d"}', WRITES),
    ("/v1/secret/data/static/ryw", b'{"data":{"n":"%d"}}', WRITES // 20),
], ids=["version1", "version2"])
def test_what_was_written_is_read(static, path, body, writes):
    leasehold = static()
    leasehold.client().post(path, body % 0)
    written = multiprocessing.Value("q", 0)
    wrong = multiprocessing.Value("q", 0)
    reads = multiprocessing.Value("q", 0)
    done = multiprocessing.Event()
    readers = multiprocessing.Process(target=read_all_the_time, args=(
        leasehold.addresses()[0], path, written, wrong, reads, done))
    readers.start()
    until(lambda: reads.value > READERS, 60, "each of them to read")
    kind = [("Content-Type", "application/json")]
    with leasehold.connection() as peer:
        for number in range(1, writes + 1):
            reply = peer.request("POST", path, kind, body % number)
            assert reply.status < 300
            written.value = number
            reply = peer.request("GET", path)
            assert b'"n":"%d"' % number in reply.body
    done.set()
    readers.join(60)
    assert readers.exitcode == 0
    assert wrong.value == 0
    status = leasehold.status()["cache"]
    assert status["hits"] > writes
