"""KV answers are kept by rows: fresh for a ttl, dropped by writes."""

import json
import threading
import time

import pytest

from support.fake import Answer, Barrier, errors
from support.fake_tokens import secret

pytestmark = pytest.mark.fake

A = "/v1/secret/data/a"
LISTED = "/v1/secret/metadata/"


def cached(reply):
    """Where a reply came from."""
    return reply.headers.get("X-Cache")


def value(reply):
    """The secret in a reply."""
    return reply.json["data"]["data"]["value"]


def test_the_second_read_is_a_hit(static, secrets):
    secrets.set("a", "blue")
    client = static().client()
    began = time.monotonic()
    first, second = client.get(A), client.get(A)
    assert (cached(first), cached(second)) == ("MISS", "HIT")
    assert 0 <= int(second.headers["Age"]) <= time.monotonic() - began
    assert second.body == first.body
    assert secrets.reads("a") == 1


def test_off_unless_a_row_matches(static, secrets):
    secrets.set("a", "blue")
    client = static({"secret/data/other/*": {}}).client()
    for _ in range(2):
        assert cached(client.get(A)) == "MISS"
    assert secrets.reads("a") == 2


@pytest.mark.plain
def test_after_its_ttl_it_is_read_again(static, secrets, moved):
    secrets.set("a", "blue")
    leasehold = static({"secret/*": {"ttl": "60s"}}, moved.environment())
    client = leasehold.client()
    client.get(A)
    secrets.set("a", "red")
    moved.advance(55)
    inside = client.get(A)
    moved.advance(10)
    outside = client.get(A)
    assert (value(inside), cached(inside)) == ("blue", "HIT")
    assert 54 <= int(inside.headers["Age"]) <= 57
    assert (value(outside), cached(outside)) == ("red", "MISS")


@pytest.mark.plain
def test_what_is_in_use_is_read_behind_a_hit(static, secrets, moved):
    secrets.set("a", "blue")
    row = {"ttl": "60s", "revalidate": "30s"}
    client = static({"secret/*": row}, moved.environment()).client()
    client.get(A)
    secrets.set("a", "red")
    moved.advance(31)
    assert value(client.get(A)) == "blue"
    for _ in range(100):
        reply = client.get(A)
        if value(reply) == "red":
            break
    assert cached(reply) == "HIT"
    assert secrets.reads("a") == 2
    moved.advance(45)           # beyond the first answer's ttl
    assert cached(client.get(A)) == "HIT"


@pytest.mark.parametrize("method, path", [
    ("POST", A), ("PUT", A), ("PATCH", A), ("DELETE", A),
    ("POST", "/v1/secret/delete/a"), ("POST", "/v1/secret/undelete/a"),
    ("PUT", "/v1/secret/destroy/a"), ("DELETE", "/v1/secret/metadata/a"),
    ("POST", "/v1/secret/metadata/a"), ("POST", "/v1/secret/data/%61"),
])
def test_a_write_drops_the_secret_and_its_lists(
        static, secrets, upstream, method, path):
    secrets.set("a", "blue")
    client = static().client()
    reads = [("GET", A), ("GET", f"{A}?version=1"),
             ("GET", "/v1/secret/metadata/a"), ("LIST", LISTED),
             ("GET", f"{LISTED}?list=true")]
    for verb, target in reads:
        client.request(verb, target)
    assert cached(client.get(A)) == "HIT"
    assert cached(client.get(f"{LISTED}?list=true")) == "HIT"
    upstream.on(method, path, Answer(204))
    assert client.request(method, path, {"data": {}}).status == 204
    for verb, target in reads[:-1]:
        assert cached(client.request(verb, target)) == "MISS"


def test_a_write_elsewhere_leaves_it(static, secrets):
    secrets.set("a", "blue")
    client = static().client()
    client.get(A)
    client.put("/v1/secret/data/b", {"data": {"value": "x"}})
    assert cached(client.get(A)) == "HIT"


def test_a_failed_write_may_have_been_done(static, secrets, upstream):
    secrets.set("a", "blue")
    client = static().client()
    client.get(A)
    upstream.on("PUT", A, Answer(reset_at=1))
    assert client.put(A, {"data": {}}).status >= 500
    assert cached(client.get(A)) == "MISS"


@pytest.mark.parametrize(("path", "status"), [
    (A, 301), (A, 403), (A, 405), (A, 429),
    ("/v1/secret//data/a", 301), ("/v1/secret//data/a", 400),
    ("/v1/secret//data/a", 403), ("/v1/secret//data/a", 405)])
def test_a_write_that_was_not_let_through_drops_nothing(
        static, secrets, upstream, path, status):
    secrets.set("a", "blue")
    client = static().client()
    client.get(A)
    upstream.on("PUT", path, errors(status, "not you"))
    assert client.put(path, {"data": {}}).status == status
    assert cached(client.get(A)) == "HIT"


def test_what_was_under_way_at_a_write_is_not_kept(
        static, secrets, upstream):
    client = static().client()
    barrier = Barrier()
    old = secret(data={"data": {"value": "old"}})
    new = secret(data={"data": {"value": "new"}})
    upstream.on("GET", A, Answer(body=old, barrier=barrier), Answer(body=new))
    replies = []
    reader = threading.Thread(target=lambda: replies.append(client.get(A)))
    reader.start()
    barrier.wait_for()
    client.put(A, {"data": {"value": "new"}})
    after = client.get(A)
    barrier.release()
    reader.join()
    assert value(after) == "new"
    assert value(replies[0]) == "old"
    assert value(client.get(A)) == "new"


def test_those_who_read_together_share_one_answer(static, upstream):
    client = static().client()
    barrier = Barrier()
    upstream.on("GET", A, Answer(
        body=secret(data={"data": {"value": "x"}}), barrier=barrier))
    replies = []
    readers = [threading.Thread(target=lambda: replies.append(client.get(A)))
               for _ in range(8)]
    for reader in readers:
        reader.start()
    barrier.wait_for()
    barrier.release()
    for reader in readers:
        reader.join()
    assert [value(reply) for reply in replies] == ["x"] * 8
    assert len(upstream.requests(A)) == 1


def test_an_etag_answers_304(static, secrets):
    secrets.set("a", "blue")
    client = static().client()
    first = client.get(A)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    known = client.get(A, headers=[("If-None-Match", f'"x", W/{tag}')])
    assert (known.status, known.body) == (304, b"")
    assert known.headers["ETag"] == tag
    other = client.get(A, headers=[("If-None-Match", '"x"')])
    assert (other.status, other.headers["ETag"]) == (200, tag)


@pytest.mark.plain
def test_a_value_read_again_keeps_its_etag(static, secrets, moved):
    secrets.set("a", "blue")
    client = static({"secret/*": {"ttl": "60s"}},
                    moved.environment()).client()
    tag = client.get(A).headers["ETag"]
    moved.advance(61)
    again = client.get(A, headers=[("If-None-Match", tag)])
    assert (again.status, cached(again)) == (304, "MISS")
    secrets.set("a", "red")
    moved.advance(61)
    assert client.get(A, headers=[("If-None-Match", tag)]).status == 200


@pytest.mark.plain
def test_a_404_is_kept_for_a_moment(static, secrets, moved):
    client = static({"secret/*": {"negative_ttl": "5s"}},
                    moved.environment()).client()
    assert client.get(A).status == 404
    secrets.set("a", "blue")
    assert client.get(A).status == 404
    moved.advance(6)
    assert client.get(A).status == 200


@pytest.mark.plain
@pytest.mark.parametrize("refusal", [403, 404])
def test_a_refusal_ends_it_also_for_an_outage(
        static, secrets, upstream, moved, refusal):
    secrets.set("a", "blue")
    client = static(
        {"secret/*": {"negative_ttl": 0}}, moved.environment()).client()
    client.get(A)
    upstream.on("GET", A, Answer(refusal, {"errors": []}))
    moved.advance(61)
    assert client.get(A).status == refusal
    upstream.close_port()
    assert client.get(A).status == 502


def test_no_store_and_no_cache_are_obeyed(static, secrets):
    secrets.set("a", "blue")
    client = static().client()
    client.get(A)
    secrets.set("a", "red")
    passed = client.get(A, headers=[("Cache-Control", "no-store")])
    assert value(passed) == "red"
    assert value(client.get(A)) == "blue"
    anew = client.get(A, headers=[("Cache-Control", "no-cache")])
    assert value(anew) == "red"
    assert value(client.get(A)) == "red"


@pytest.mark.parametrize("how", ["chunked", "with a length"])
def test_what_grew_too_large_to_be_kept_takes_the_place_of_the_old(
        static, secrets, upstream, how):
    secrets.set("a", "blue")
    client = static(max_entry_bytes="4KiB").client()
    assert value(client.get(A)) == value(client.get(A)) == "blue"
    large = json.dumps(secret(mount_type="kv", data={
        "data": {"value": "x" * 8192}, "metadata": {"version": 2}})).encode()
    upstream.on("GET", A, Answer(200, parts=[large], length=(
        None if how == "chunked" else len(large))))
    anew = client.get(A, headers=[("Cache-Control", "no-cache")])
    assert value(anew) == "x" * 8192
    assert value(client.get(A)) == "x" * 8192


def test_a_leased_answer_under_a_row_is_a_lease(static):
    client = static({"database/*": {}}).client()
    first = client.get("/v1/database/creds/app")
    second = client.get("/v1/database/creds/app")
    assert (cached(first), cached(second)) == ("MISS", "HIT")
    assert "ETag" not in second.headers
    assert first.json["lease_id"] == second.json["lease_id"]


def test_wrapped_answers_are_not_kept(static, secrets):
    secrets.set("a", "blue")
    client = static().client()
    wrap = [("X-Vault-Wrap-TTL", "60")]
    for _ in range(2):
        assert cached(client.get(A, headers=wrap)) == "MISS"


def test_static_answers_are_cleared_and_counted(static, secrets):
    secrets.set("a", "blue")
    leasehold = static()
    client = leasehold.client()
    client.get(A)
    assert leasehold.status()["cache"]["static_entries"] == 1
    client.post("/agent/v1/cache-clear", {
        "type": "request_path", "value": "/v1/secret/data/"})
    status = leasehold.status()["cache"]
    assert (status["static_entries"], status["entries"]) == (0, 0)
    assert cached(client.get(A)) == "MISS"


@pytest.mark.parametrize("name", ["team/sys", "team/auth", "team/auth/x"])
def test_a_secret_of_a_name_like_ours_drops_its_lists(static, name):
    listed = "/v1/secret/metadata/team/"
    client = static().client()
    client.put("/v1/secret/data/team/a", {"data": {"value": "1"}})
    assert client.list(listed).json["data"]["keys"] == ["a"]
    assert cached(client.list(listed)) == "HIT"
    client.put(f"/v1/secret/data/{name}", {"data": {"value": "2"}})
    assert len(client.list(listed).json["data"]["keys"]) == 2
