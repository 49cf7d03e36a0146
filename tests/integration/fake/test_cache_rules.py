"""The rules of the reference's cache chapters, each by its name.

C: tests/unit/cache/test_<file>.c, by the name of the test. Other files lie
beside this one; what names no file is here.

rule                                    held by
3.1  wait for one under way             test_coalescing
3.1  the not cacheable go together      test_coalescing: ..._wait_for_one
3.2  key: method, path, body, token     test_rule_3_2_*
3.2  key: PUT = POST, sorted query      test_coalescing: test_put_is_post, ...
3.2  key: tracing and Host left out     test_coalescing: test_fields_*
3.2  key: Wrap-TTL, MFA, Content-Type   test_coalescing: test_fields_*; C key
3.2  key: configurable                  test_a_field_tells_*; C key
3.2  rotation of the token: misses      test_token_revoked; test_rule_3_5_*
3.3  1 status below 300                 test_rule_3_3_1_*; C policy: rule_1
3.3  2 Content-Type is JSON             test_rule_3_3_2_*; C policy: rule_2
3.3  3 broken JSON passes               test_rule_3_3_3_*; C cache: rule_3
3.3  4 no handled revocation            test_eviction
3.3  5 body not empty                   test_rule_3_3_5_*; C policy: rule_5
3.3  6 renewable                        test_rule_3_3_6_*; C policy: rule_6
3.3  7a lease of a managed token        test_rule_3_3_7a_*; C policy: rule_7a
3.3  7b orphan, or of a managed token   test_rule_3_3_7b_*; C policy: rule_7b
3.3  8 neither lease nor token          test_rule_3_3_8_*; C policy: rule_8
3.3  the method does not matter         test_rule_3_3_every_method_*
3.3  a login is cached without a token  test_rule_3_3_a_second_login_*
3.3  batch tokens pass                  test_rule_3_3_batch_*; C policy
3.3  lease_duration of nothing          test_rule_3_3_a_life_of_nothing_*
3.3  renewals, look-ups, sys/ pass      test_rule_3_3_never_*; C policy
3.3  wrapped requests pass              test_rule_3_3_wrapped_*; C policy
3.4  namespace is canonical             test_coalescing: test_a_namespace_*
3.4  indexes: path, lease, token, ...   test_eviction: test_clear_by_*; C store
3.4  "all of this token" is exact       test_rule_3_4_*
3.5  the tree falls from its root       test_eviction: test_a_revoked_token_*
3.5  orphans hang on the base           test_eviction: test_an_orphan_*
3.5  ours stays managed after a clear   test_rule_3_5_ours_*; C purge
3.5  another token of ours: all goes    test_rule_3_5_another_*; C cache
3.6  when to renew, and how             C lease_keeper, policy; test_no_storm
3.6  definite answers evict             C lease_keeper; test_cache_model
3.6  near max TTL: the successor        test_lease_truth; live: test_leases_*
3.6  the entry's namespace is sent      test_rule_3_6_*; C lease_keeper
3.7  hit rendering, Age, Date           test_rule_3_7_*; test_lease_truth
3.8  every row and form                 test_eviction; C purge
3.8  what is missing passes             test_eviction: test_an_unknown_*
3.9  shutdown evicts and revokes not    test_rule_3_9_*
4.1  types and effects                  test_eviction: test_clear_*; C purge
4.1  answers                            test_rule_4_1_*
"""

import email.utils
import time

import pytest

from support import settings
from support.fake import Answer, errors
from support.fake_tokens import secret

pytestmark = pytest.mark.fake

PATH = "/v1/engine/creds"
NUMBERS = iter(range(10 ** 9))
AUTH = {"client_token": "hvs.child", "accessor": "a1", "renewable": True,
        "lease_duration": 3600, "orphan": False, "token_type": "service"}


def lease(**more):
    """The envelope of a fresh lease."""
    return secret(**{"lease_id": f"engine/creds/{next(NUMBERS)}",
                     "lease_duration": 3600, "renewable": True,
                     "data": {"password": "p"}, **more})


def token(**more):
    """The envelope of a fresh token."""
    return secret(auth={**AUTH, "client_token": f"hvs.t{next(NUMBERS)}",
                        "accessor": f"a{next(NUMBERS)}", **more})


def anew(make, *status_and_more):
    """An answer made anew for each request."""
    return lambda _: Answer(*(status_and_more or (200,)), make())


@pytest.fixture
def ask(counted, upstream):
    """Asks twice for what the upstream is told to answer; was it kept?"""
    def twice(answer, path=PATH, method="GET", caller=None, **more):
        upstream.on(method, path, answer)
        client = counted.client(token=caller)
        before = len(upstream.requests(path))
        replies = [client.request(method, path, **more) for _ in range(2)]
        kept = replies[1].headers.get("X-Cache") == "HIT"
        assert len(upstream.requests(path)) - before == (1 if kept else 2)
        entered = counted.cache_counts()["entries"]
        assert (entered > 0) == kept
        return kept
    return twice


def test_a_lease_is_kept(ask):
    assert ask(anew(lease))


@pytest.mark.parametrize("path, body", [
    (PATH, b"2"), ("/v1/engine/cred", b"1"), ("/v1/engine/creds/", b"1")])
def test_rule_3_2_another_path_or_body_is_another_answer(
        counted, upstream, path, body):
    upstream.on("GET", "/v1/engine/*", anew(lease))
    client = counted.client()
    first = client.get(PATH, body=b"1").json["lease_id"]
    assert client.get(PATH, body=b"1").json["lease_id"] == first
    assert client.get(path, body=body).json["lease_id"] != first


def test_rule_3_2_another_method_is_another_answer(counted, upstream):
    for method in ("GET", "LIST", "POST"):
        upstream.on(method, PATH, anew(lease))
    client = counted.client()
    ids = [client.request(method, PATH).json["lease_id"]
           for method in ("GET", "LIST", "POST")]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("status, kept", [
    (200, True), (202, True), (400, False), (404, False)])
def test_rule_3_3_1_the_status_is_below_300(ask, status, kept):
    assert ask(anew(lease, status)) is kept


@pytest.mark.parametrize("kind, kept", [
    ("application/json", True), ("application/json; charset=utf-8", True),
    ("text/html", False), ("application/jsonx", False),
    ("application/octet-stream", False)])
def test_rule_3_3_2_the_content_type_is_json(ask, kind, kept):
    assert ask(lambda _: Answer(
        200, lease(), (("Content-Type", kind),))) is kept


@pytest.mark.parametrize("body", [
    b'{"lease_id":"a/1","renewable":true,"lease_duration":60', b"[]",
    b'{"lease_id":"a/1","renewable":true,"lease_duration":"60"}',
    b'{"lease_id":7,"renewable":true,"lease_duration":60}', b"null"])
def test_rule_3_3_3_broken_json_passes(ask, counted, body):
    answer = Answer(200, body, (("Content-Type", "application/json"),))
    assert not ask(answer)
    assert counted.client().get(PATH).body == body


def test_rule_3_3_5_an_empty_body_passes(ask):
    assert not ask(Answer(
        200, b"", (("Content-Type", "application/json"),)))
    assert not ask(Answer(204))


@pytest.mark.parametrize("answer", [
    lambda: lease(renewable=False), lambda: token(renewable=False)])
def test_rule_3_3_6_what_is_not_renewable_passes(ask, answer):
    assert not ask(anew(answer))


def test_rule_3_3_7a_a_lease_of_a_foreign_token_passes(ask):
    assert not ask(anew(lease), caller="hvs.foreign")


@pytest.mark.parametrize("caller, orphan, kept", [
    (None, False, True), (None, True, True), ("hvs.foreign", True, True),
    ("hvs.foreign", False, False)])
def test_rule_3_3_7b_a_token_is_orphan_or_of_a_managed_one(
        ask, caller, orphan, kept):
    assert ask(anew(lambda: token(orphan=orphan)), "/v1/auth/token/create",
               "POST", caller) is kept


@pytest.mark.parametrize("answer", [
    lambda: secret(data={"a": "b"}), lambda: secret(data={"keys": []}),
    lambda: lease(lease_id=""),
    lambda: lease(lease_id="", data={"lease_id": "fake"})])
def test_rule_3_3_8_neither_lease_nor_token_passes(ask, answer):
    assert not ask(anew(answer))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "LIST"])
def test_rule_3_3_every_method_may_give_a_lease(ask, method):
    assert ask(anew(lease), method=method)


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "HEAD"])
def test_rule_3_3_other_methods_pass(counted, upstream, method):
    upstream.on(method, PATH, anew(lease))
    for _ in range(2):
        assert counted.client().request(method, PATH).status == 200
    assert len(upstream.requests(PATH)) == 2
    assert counted.cache_counts()["entered"] == 0


def test_rule_3_3_a_second_login_gets_the_same_token(ask):
    path = "/v1/auth/userpass/login/me"
    assert ask(anew(lambda: token(orphan=True)), path, "POST",
               body={"password": "p"})


def test_rule_3_3_a_login_is_kept_without_any_token(daemons, upstream):
    """No auto_auth: whoever logs in is nobody yet."""
    leasehold = daemons.start(settings.proxy(upstream.address, cache={}))
    path = "/v1/auth/userpass/login/me"
    upstream.on("POST", path, anew(lambda: token(orphan=True)))
    client = leasehold.client()
    first = client.post(path, {"password": "p"}).json["auth"]["client_token"]
    again = client.post(path, {"password": "p"})
    other = client.post(path, {"password": "q"})
    assert again.json["auth"]["client_token"] == first
    assert other.json["auth"]["client_token"] != first
    own = leasehold.client(token=first)
    upstream.on("GET", PATH, anew(lease))
    mine = own.get(PATH).json["lease_id"]
    assert own.get(PATH).json["lease_id"] == mine
    assert client.get(PATH).json["lease_id"] != mine
    leasehold.cache_counts()


@pytest.mark.parametrize("more", [
    {"token_type": "batch"}, {"num_uses": 3}, {"renewable": False}])
def test_rule_3_3_batch_and_counted_tokens_pass(ask, more):
    assert not ask(anew(lambda: token(orphan=True, **more)),
                   "/v1/auth/userpass/login/me", "POST")


def test_rule_3_3_a_life_of_nothing_passes(ask):
    assert not ask(anew(lambda: lease(lease_duration=0)))


@pytest.mark.parametrize("method, path", [
    ("PUT", "/v1/sys/leases/renew"), ("PUT", "/v1/sys/leases/renew/a/1"),
    ("PUT", "/v1/sys/renew"), ("PUT", "/v1/sys/renew/a/1"),
    ("PUT", "/v1/ns1/sys/leases/renew"), ("PUT", "/v1/auth/token/renew"),
    ("PUT", "/v1/auth/token/renew/t"), ("PUT", "/v1/auth/token/renew-self"),
    ("PUT", "/v1/ns1/auth/token/renew-self"),
    ("PUT", "/v1//sys/leases/renew"), ("PUT", "/v1/sys%2Fleases/renew"),
    ("GET", "/v1/auth/token/lookup-self"), ("POST", "/v1/auth/token/lookup"),
    ("POST", "/v1/sys/leases/lookup"), ("GET", "/v1/sys/mounts"),
    ("GET", "/v1/sys/health")])
@pytest.mark.parametrize("answer", [lease, token])
def test_rule_3_3_never_renewals_look_ups_and_sys(
        ask, method, path, answer):
    assert not ask(anew(answer), path, method)


def test_rule_3_3_wrapped_requests_pass(ask, upstream):
    assert not ask(anew(lease), headers=[("X-Vault-Wrap-TTL", "60")])
    assert not ask(anew(lambda: lease(wrap_info={"token": "t", "ttl": 60})))
    assert upstream.requests(PATH)[0].headers["x-vault-wrap-ttl"] == "60"


def test_rule_3_3_errors_pass_unchanged(ask, counted):
    assert not ask(errors(400, "no such role"))
    reply = counted.client().get(PATH)
    assert reply.json == {"errors": ["no such role"]}
    assert "X-Cache" not in reply.headers


def test_rule_3_4_all_of_a_token_means_that_token(counted, upstream):
    """One token that begins like another is another."""
    upstream.on("GET", PATH, anew(lease))
    texts = iter(["hvs.abc", "hvs.abcdef"])
    upstream.on("POST", "/v1/auth/token/create",
                anew(lambda: token(client_token=next(texts))))
    client = counted.client()
    for number in range(2):
        client.post("/v1/auth/token/create", {"n": number})
    longer = counted.client(token="hvs.abcdef")
    kept = longer.get(PATH).json["lease_id"]
    client.post("/agent/v1/cache-clear",
                {"type": "token", "value": "hvs.abc"})
    assert longer.get(PATH).json["lease_id"] == kept


@pytest.mark.parametrize("asked", [
    {"type": "all"}, {"type": "token", "value": "hvs.fake1"},
    {"type": "token_accessor", "value": "1-accessor"}])
def test_rule_3_5_ours_stays_managed_after_a_clear(ask, counted, asked):
    assert ask(anew(lease))
    counted.client().post("/agent/v1/cache-clear", asked)
    assert counted.cache_counts()["entries"] == 0
    assert ask(anew(lease))


def test_rule_3_5_another_token_of_ours_ends_what_the_first_got(
        ask, counted, tokens):
    assert ask(anew(lease))
    tokens.revoke_all()
    assert counted.client().get("/v1/kv1/a").status == 200
    counts = counted.cache_counts()
    assert (counts["entries"], counts["left"]["generation"]) == (0, 1)
    assert ask(anew(lease))


def test_rule_3_6_a_renewal_goes_to_the_namespace_of_the_lease(world):
    here = world(ttl=600)
    here.get("/v1/leased/x0", X_Vault_Namespace="ns1/team")
    here.timeline.pass_time(500, 10)
    renewals = here.leases.renewals()
    assert [r.headers["x-vault-namespace"].strip("/") for r in renewals] == [
        "ns1/team"]
    assert renewals[0].json["increment"] == 0
    assert renewals[0].token == "hvs.fake1"


def test_rule_3_7_a_hit_has_the_stored_fields_and_a_date_of_now(
        counted, upstream):
    old = email.utils.formatdate(time.time() - 9999, usegmt=True)
    upstream.on("GET", PATH, lambda _: Answer(200, lease(), (
        ("Cache-Control", "no-store"), ("Date", old), ("Age", "7"),
        ("Strict-Transport-Security", "max-age=1"), ("X-Vault-Index", "i"),
        ("Connection", "keep-alive, X-Hop"), ("X-Hop", "1"))))
    client = counted.client()
    first, hit = client.get(PATH), client.get(PATH)
    assert (first.status, hit.status) == (200, 200)
    assert first.headers["X-Cache"] == "MISS"
    assert hit.headers.all("X-Cache") == ["HIT"]
    for name in ("Cache-Control", "Strict-Transport-Security",
                 "X-Vault-Index", "Content-Type"):
        assert hit.headers.all(name) == first.headers.all(name)
    assert len(hit.headers.all("Age")) == 1
    assert int(hit.headers["Age"]) < 10
    assert "X-Hop" not in hit.headers
    date = email.utils.parsedate_to_datetime(hit.headers["Date"])
    assert len(hit.headers.all("Date")) == 1
    assert abs(date.timestamp() - time.time()) < 10
    assert len(hit.body) == len(first.body)
    assert {**hit.json, "lease_duration": 3600} == first.json


def test_rule_3_9_a_shutdown_revokes_nothing(leasehold, upstream):
    upstream.on("GET", PATH, anew(lease))
    assert leasehold.client().get(PATH).status == 200
    assert leasehold.cache_counts()["entries"] == 1
    heard = len(upstream.requests())
    leasehold.stop()
    assert len(upstream.requests()) == heard


CLEAR_CASES = [
    ("POST", b"", 400, "failed to parse JSON input: empty JSON provided"),
    ("POST", b"{", 400, "failed to parse JSON input: "),
    ("POST", b"[]", 400, "failed to parse JSON input: "),
    ("POST", b"{}", 400, "failed to parse clear input: no type provided"),
    ("POST", b'{"type":""}', 400,
     "failed to parse clear input: no type provided"),
    ("POST", b'{"type":"none"}', 400,
     "failed to clear cache: invalid type provided"),
    ("POST", b'{"type":"request_path"}', 500,
     "failed to clear cache: request path not provided"),
    ("POST", b'{"type":"token"}', 500,
     "failed to clear cache: token not provided"),
    ("POST", b'{"type":"token_accessor"}', 500,
     "failed to clear cache: token accessor not provided"),
    ("POST", b'{"type":"lease"}', 500,
     "failed to clear cache: lease not provided"),
    ("POST", b'{"type":"lease","value":"none/1"}', 200, None),
    ("GET", b'{"type":"all"}', 200, None),
    ("DELETE", b'{"type":"all"}', 200, None)]


@pytest.mark.parametrize("method, body, status, text", CLEAR_CASES)
@pytest.mark.parametrize("product", ["agent", "proxy"])
def test_rule_4_1_answers_and_no_effect(
        ask, counted, product, method, body, status, text):
    assert ask(anew(lease))
    reply = counted.client().request(
        method, f"/{product}/v1/cache-clear", body)
    assert reply.status == status
    if text is None:
        assert reply.body == b""
    else:
        assert reply.json["errors"][0].startswith(text)
    assert counted.cache_counts()["entries"] == 1


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_rule_4_1_a_clear_is_done_when_it_is_answered(
        ask, counted, method):
    assert ask(anew(lease))
    reply = counted.client().request(
        method, "/agent/v1/cache-clear", {"type": "all"})
    assert (reply.status, reply.body) == (200, b"")
    assert counted.cache_counts()["entries"] == 0


def test_rule_4_1_without_a_cache_nothing_happens(daemons, upstream):
    leasehold = daemons.start(settings.proxy(upstream.address))
    reply = leasehold.client().post("/agent/v1/cache-clear", {"type": "all"})
    assert (reply.status, reply.body) == (200, b"")


def test_a_field_tells_requests_apart_where_it_is_named(
        daemons, upstream, tokens, approle_files):
    upstream.on("GET", PATH, lambda request: Answer(200, lease(
        data={"region": request.headers["x-region"]})))
    client = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files),
        cache={"key_headers": ["X-Region"]})).wait_ready().client()
    for wanted in ("MISS", "HIT"):
        for region in ("east", "west"):
            reply = client.get(PATH, headers=[("X-Region", region)])
            assert reply.headers["X-Cache"] == wanted
            assert reply.json["data"] == {"region": region}
