"""What is revoked through the proxy is gone when the caller hears of it."""

import itertools

import pytest

from support.fake import Answer, Barrier, errors
from support.fake_tokens import secret
from support.waiting import until

pytestmark = pytest.mark.fake

NUMBERS = itertools.count(1)
OK = Answer(204)
NS = "ns1/team/"
ORDER_SECONDS = 10      # the order of use is kept to so much


class Site:
    """A daemon, its upstream, and callers that keep leases in its cache."""

    def __init__(self, leasehold, upstream, tokens, leases):
        self.leasehold = leasehold
        self.upstream = upstream
        self.tokens = tokens
        self.leases = leases
        for path in ("", NS):
            upstream.on("GET", f"/v1/{path}leased/*",
                        tokens.guarded(leases.grant))
            upstream.on_write(f"/v1/{path}auth/token/create", self._create)
            upstream.on_write(f"/v1/{path}auth/token/create-orphan",
                              self._create)
        self.accept("/v1/sys/leases/revoke", "/v1/sys/leases/revoke/*",
                    "/v1/sys/leases/revoke-*", "/v1/sys/revoke*",
                    "/v1/auth/token/revoke*", f"/v1/{NS}sys/leases/revoke*",
                    f"/v1/{NS}auth/token/revoke*")

    def accept(self, *paths, answer=OK):
        """Let the upstream say yes to writes."""
        for path in paths:
            self.upstream.on_write(path, answer)
            self.upstream.on("DELETE", path, answer)

    def _create(self, request):
        assert self.tokens.find(request.token)
        auth = self.tokens.tell(self.tokens.issue())
        return Answer(200, secret(auth={**auth, "orphan": request.path
                                        .endswith("orphan")}))

    def read(self, path="/v1/leased/a", token=None, namespace=None):
        """Whether a read was a hit, and the lease it gave."""
        fields = [("X-Vault-Namespace", namespace)] if namespace else []
        reply = self.leasehold.client(token=token).get(path, headers=fields)
        assert reply.status == 200, reply
        return reply.headers["X-Cache"] == "HIT", reply.json["lease_id"]

    def keep(self, *where, **how):
        """Read until it is a hit; the lease."""
        self.read(*where, **how)
        is_hit, lease = self.read(*where, **how)
        assert is_hit
        return lease

    def is_kept(self, *where, **how):
        """Whether a read is a hit now; it is one afterwards."""
        return self.read(*where, **how)[0]

    def child(self, parent=None, kind="create"):
        """A token made through the proxy, and the request that made it."""
        body = {"meta": {"n": str(next(NUMBERS))}}
        client = self.leasehold.client(token=parent)
        auth = client.post(f"/v1/auth/token/{kind}", body).json["auth"]
        return auth["client_token"], auth["accessor"]

    def write(self, method, path, body=None, namespace=None, token=None):
        """A write that the upstream accepts."""
        fields = [("X-Vault-Namespace", namespace)] if namespace else []
        client = self.leasehold.client(token=token)
        reply = client.request(method, path, body, fields)
        assert 200 <= reply.status < 300, reply
        return reply

    def clear(self, **asked):
        """cache-clear; its answer."""
        return self.leasehold.client().put("/agent/v1/cache-clear", asked)

    def left(self, cause):
        """How many left for a cause."""
        return self.leasehold.cache_counts()["left"][cause]


@pytest.fixture
def site(counted, upstream, tokens, leases):
    """The site; the counters must add up at the end."""
    return Site(counted, upstream, tokens, leases)


@pytest.mark.parametrize("method, path, in_body", [
    ("PUT", "/v1/sys/leases/revoke", True),
    ("POST", "/v1/sys/leases/revoke", True),
    ("PUT", "/v1/sys/leases/revoke/{}", False),
    ("POST", "/v1/sys/leases/revoke/{}", False),
    ("PUT", "/v1/sys/revoke", True),
    ("PUT", "/v1/sys/revoke/{}", False),
    ("PUT", "/v1/sys//leases/revoke/{}", False),
    ("PUT", "/v1/sys/leases/rev%6Fke/{}", False),
])
def test_a_revoked_lease_is_gone(site, method, path, in_body):
    site.accept("/v1/sys//leases/revoke/*", "/v1/sys/leases/rev%6Fke/*")
    lease = site.keep()
    other = site.keep("/v1/leased/b")
    site.write(method, path.format(lease),
               {"lease_id": lease} if in_body else None)
    assert not site.is_kept()
    assert site.read("/v1/leased/b") == (True, other)
    assert site.left("revoked") == 1


@pytest.mark.parametrize("path, in_body", [
    ("/v1/sys/leases/revoke", True), ("/v1/sys/leases/revoke/{}", False)])
def test_a_lease_id_with_escapes_is_understood(site, path, in_body):
    site.upstream.on("GET", "/v1/leased/a", site.leases.grant)
    lease = site.keep()
    site.write("PUT", path.format(lease.replace("/", "%2F")),
               {"lease_id": lease} if in_body else None)
    assert not site.is_kept()


def test_a_lease_revoked_later_by_the_server_is_gone_too(site):
    """sync=false is answered 202: the end is certain, only not yet here."""
    site.accept("/v1/sys/leases/revoke", answer=Answer(202))
    site.write("PUT", "/v1/sys/leases/revoke",
               {"lease_id": site.keep(), "sync": False})
    assert not site.is_kept()


@pytest.mark.parametrize("answer", [
    errors(400, "lease not found"), errors(403, "permission denied"),
    errors(500, "broken")])
def test_what_the_server_did_not_revoke_stays(site, answer):
    lease = site.keep()
    site.accept("/v1/sys/leases/revoke", answer=answer)
    client = site.leasehold.client(token=site.tokens.issue().text)
    reply = client.put("/v1/sys/leases/revoke", {"lease_id": lease})
    assert reply.status == answer.status
    assert site.read() == (True, lease)


def test_an_unknown_or_missing_lease_id_passes(site):
    lease = site.keep()
    site.write("PUT", "/v1/sys/leases/revoke", {"lease_id": "other/1"})
    site.write("PUT", "/v1/sys/leases/revoke", {"lease_id": 7})
    site.write("PUT", "/v1/sys/leases/revoke", {})
    site.write("PUT", "/v1/sys/leases/revoke", b"[nonsense")
    assert site.read() == (True, lease)


def test_the_entry_is_gone_before_the_caller_hears(site):
    """Reads go on while the answer to the revocation is on its way."""
    lease = site.keep()
    barrier = Barrier()
    site.accept("/v1/sys/leases/revoke", answer=Answer(
        200, parts=iter_held(barrier), length=2))
    with site.leasehold.connection() as peer:
        peer.send(b"PUT /v1/sys/leases/revoke HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: %d\r\n\r\n" % (len(lease) + 15)
                  + b'{"lease_id":"%b"}' % lease.encode())
        assert peer.read_head()[0] == 200
        assert not site.is_kept()
        barrier.release()


def iter_held(barrier):
    """A body that comes when the barrier lets it."""
    barrier.gate.wait(30)
    yield b"{}"


@pytest.mark.parametrize("body", [
    "lease_id={}", "sync=true&lease%5Fid={}", '{{"lease_id":"{}"}} and more'])
def test_a_body_is_read_as_the_server_reads_it(site, body):
    """A form, as curl sends it when told nothing else; JSON with a rest."""
    lease = site.keep()
    form = lease.replace("/", "%2F") if "=" in body else lease
    site.write("PUT", "/v1/sys/leases/revoke", body.format(form).encode())
    assert not site.is_kept()


@pytest.mark.parametrize("path, body", [
    ("/v1/sys/leases/revoke", {"lease_id": "auth/token/create/h5e1f"}),
    ("/v1/sys/leases/revoke/auth/token/create/h5e1f", None),
    ("/v1/sys/leases/revoke-prefix/auth/token/create/h5e1f", None)])
def test_the_lease_of_a_token_ends_the_tokens_of_its_path(site, path, body):
    """Which of them it is does not stand in the name of the lease."""
    client = site.leasehold.client()
    create = ("/v1/auth/token/create", {"meta": {"n": "same"}})
    first = client.post(*create)
    token = first.json["auth"]["client_token"]
    site.keep(token=token)
    site.keep()
    assert client.post(*create).headers["X-Cache"] == "HIT"
    site.write("PUT", path, body)
    assert client.post(*create).headers["X-Cache"] == "MISS"
    assert not site.is_kept(token=token)
    assert site.is_kept()


@pytest.mark.parametrize("path", [
    "/v1/sys/leases/revoke-prefix/{}", "/v1/sys/leases/revoke-force/{}",
    "/v1/sys/revoke-prefix/{}", "/v1/sys/revoke-force/{}"])
@pytest.mark.parametrize("prefix", ["leased/a", "leased/a/", "leased%2Fa"])
def test_a_revoked_prefix_takes_all_below_it(site, path, prefix):
    site.keep("/v1/leased/a")
    site.keep("/v1/leased/a?x=1")
    site.keep("/v1/leased/b")
    site.write("PUT", path.format(prefix))
    kept = [site.is_kept(p) for p in
            ("/v1/leased/a", "/v1/leased/a?x=1", "/v1/leased/b")]
    assert kept == [False, False, True]
    assert site.left("revoked") == 2


def test_an_answer_under_way_does_not_outlive_a_revoked_prefix(site):
    """It was granted before, and comes after the revocation."""
    barrier = Barrier()
    site.upstream.on("GET", "/v1/leased/slow",
                     lambda request: hold_grant(site, barrier, request))
    with site.leasehold.connection() as peer:
        peer.send(b"GET /v1/leased/slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        barrier.wait_for()
        site.write("PUT", "/v1/sys/leases/revoke-prefix/leased/")
        barrier.release()
        assert peer.read_reply().status == 200
    assert not site.is_kept("/v1/leased/slow")


def hold_grant(site, barrier, request):
    """A lease, granted at once and told later."""
    answer = site.leases.grant(request)
    barrier.hold()
    return answer


@pytest.mark.parametrize("kept, revoked, is_gone", [
    ((f"/v1/{NS}leased/a", None), (f"/v1/{NS}sys/leases/revoke", None), True),
    (("/v1/leased/a", NS), ("/v1/sys/leases/revoke", NS), True),
    (("/v1/leased/a", NS), (f"/v1/{NS}sys/leases/revoke", None), True),
    (("/v1/leased/a", NS), ("/v1/sys/leases/revoke", None), True)])
def test_a_lease_of_a_namespace_is_known_by_its_id(
        site, kept, revoked, is_gone):
    lease = site.keep(kept[0], namespace=kept[1])
    site.write("PUT", revoked[0], {"lease_id": lease}, namespace=revoked[1])
    assert site.is_kept(kept[0], namespace=kept[1]) is not is_gone


@pytest.mark.parametrize("path, namespace, is_gone", [
    ("/v1/sys/leases/revoke-prefix/leased", None, False),
    ("/v1/sys/leases/revoke-prefix/leased", "ns1/team", True),
    (f"/v1/{NS}sys/leases/revoke-prefix/leased", None, True),
    ("/v1/team/sys/leases/revoke-prefix/leased", "ns1", True),
    ("/v1/sys/leases/revoke-prefix/leased", "ns1", False),
    ("/v1/sys/leases/revoke-prefix/leased", "ns2/team", False)])
def test_a_prefix_is_revoked_in_its_namespace_alone(
        site, path, namespace, is_gone):
    site.accept("/v1/team/sys/leases/revoke-prefix/leased")
    site.keep("/v1/leased/a", namespace=NS)
    site.keep("/v1/leased/a")
    site.write("PUT", path, namespace=namespace)
    assert site.is_kept("/v1/leased/a", namespace=NS) is not is_gone
    is_root = "team" not in path and namespace is None
    assert site.is_kept("/v1/leased/a") is not is_root


def test_what_a_namespace_is_called_is_told_by_its_case(site):
    """To the server root alone is the root namespace."""
    site.keep()
    assert site.is_kept(namespace="root")
    assert not site.is_kept(namespace="Root")


def family(site):
    """A token with a lease, its child with one, and its grandchild."""
    parent, accessor = site.child()
    child, _ = site.child(parent)
    grandchild, _ = site.child(child)
    for token in (parent, child, grandchild):
        site.keep(token=token)
    site.keep()
    return parent, accessor, child, grandchild


@pytest.mark.parametrize("path, key", [
    ("/v1/auth/token/revoke", "token"), ("/v1/auth/token/revoke/{}", None),
    ("/v1/auth/token/revoke-accessor", "accessor"),
    ("/v1/auth/token/revoke-accessor/{}", None)])
def test_a_revoked_token_takes_its_tree(site, path, key):
    parent, accessor, child, grandchild = family(site)
    name = accessor if "accessor" in path else parent
    entered = site.leasehold.cache_counts()["entries"]
    site.write("PUT", path.format(name), {key: name} if key else None)
    counts = site.leasehold.cache_counts()
    assert entered - counts["entries"] == 6
    assert counts["left"]["revoked"] == 6
    for token in (parent, child, grandchild):
        assert not site.is_kept(token=token)
    assert site.is_kept()


def test_a_token_that_revokes_itself_takes_its_tree(site):
    parent, _, child, _ = family(site)
    site.write("PUT", "/v1/auth/token/revoke-self", token=child)
    assert site.left("revoked") == 4
    assert site.is_kept(token=parent)
    assert not site.is_kept(token=child)


@pytest.mark.parametrize("path, key", [
    ("/v1/auth/token/revoke-orphan", "token"),
    ("/v1/auth/token/revoke-orphan/{}", None)])
def test_revoke_orphan_leaves_the_children(site, path, key):
    parent, _, child, grandchild = family(site)
    site.write("PUT", path.format(parent), {key: parent} if key else None)
    assert site.left("revoked") == 2        # the token and its lease
    assert site.is_kept(token=child)
    assert site.is_kept(token=grandchild)
    assert not site.is_kept(token=parent)
    site.write("PUT", "/v1/auth/token/revoke", {"token": child})
    assert site.left("revoked") == 6


@pytest.mark.parametrize("namespace, prefix", [(NS, ""), (None, NS)])
def test_a_token_is_revoked_in_a_namespace(site, namespace, prefix):
    token, _ = site.child()
    site.keep(token=token)
    site.write("PUT", f"/v1/{prefix}auth/token/revoke", {"token": token},
               namespace=namespace)
    assert not site.is_kept(token=token)


def test_an_orphan_does_not_fall_with_its_maker(site):
    parent, _ = site.child()
    orphan, _ = site.child(parent, "create-orphan")
    site.keep(token=orphan)
    site.write("PUT", "/v1/auth/token/revoke", {"token": parent})
    assert site.left("revoked") == 1
    assert site.is_kept(token=orphan)


@pytest.mark.parametrize("method, path, body, gone", [
    ("DELETE", "/v1/sys/mounts/leased", None, "ab"),
    ("DELETE", "/v1/sys/mounts/leased/", None, "ab"),
    ("DELETE", "/v1/sys/mounts/lease", None, ""),
    ("DELETE", "/v1/sys/auth/leased", None, ""),
    ("POST", "/v1/sys/remount", {"from": "leased", "to": "moved"}, "ab"),
    ("POST", "/v1/sys/mounts/leased/tune", {}, "")])
def test_an_unmounted_engine_takes_its_leases(
        site, method, path, body, gone):
    site.accept("/v1/sys/mounts/*", "/v1/sys/auth/*", "/v1/sys/remount")
    for name in "ab":
        site.keep(f"/v1/leased/{name}")
    site.write(method, path, body)
    for name in "ab":
        assert site.is_kept(f"/v1/leased/{name}") is (name not in gone)


def test_clear_all(site):
    parent, _, child, _ = family(site)
    assert site.clear(type="all").status == 200
    counts = site.leasehold.cache_counts()
    assert (counts["entries"], counts["left"]["cleared"]) == (0, 7)
    assert not site.is_kept()
    assert site.is_kept()       # our token is still under management
    assert parent != child


def test_clear_by_lease(site):
    lease = site.keep()
    assert site.clear(type="lease", value="other").status == 200
    assert site.is_kept()
    assert site.clear(type="lease", value=lease).status == 200
    assert not site.is_kept()
    assert site.left("cleared") == 1


@pytest.mark.parametrize("kind", ["token", "token_accessor"])
def test_clear_by_token(site, kind):
    parent, accessor, _, _ = family(site)
    value = parent if kind == "token" else accessor
    assert site.clear(type=kind, value=value).status == 200
    assert site.left("cleared") == 6
    assert site.is_kept()


@pytest.mark.parametrize("value, namespace, gone", [
    ("/v1/leased/a", None, {"a", "ab"}), ("/v1/leased/", None, "all"),
    ("/v1/leased/b", None, set()), ("/v1/leased/a", NS, {"ns a"}),
    ("/v1/leased/a", "root", {"a", "ab"}), ("/v1/leased", "ns1", set()),
    (f"/v1/{NS}leased/a", None, {"ns a"})])
def test_clear_by_request_path(site, value, namespace, gone):
    places = {"a": ("/v1/leased/a", None), "ab": ("/v1/leased/ab", None),
              "ns a": ("/v1/leased/a", NS)}
    for path, where in places.values():
        site.keep(path, namespace=where)
    more = {"namespace": namespace} if namespace else {}
    assert site.clear(type="request_path", value=value, **more).status == 200
    found = {name for name, (path, where) in places.items()
             if not site.is_kept(path, namespace=where)}
    assert found == ({"a", "ab"} if gone == "all" else gone)


def test_clear_by_the_path_of_everything_of_a_namespace(site):
    site.keep(namespace=NS)
    site.keep()
    site.clear(type="request_path", value="/v1/", namespace=NS)
    assert not site.is_kept(namespace=NS)
    assert site.is_kept()


def test_a_clear_never_revokes(site, upstream):
    site.keep()
    site.clear(type="all")
    assert not [r for r in upstream.requests() if "revoke" in r.path]


def test_what_is_too_much_leaves_by_least_use(world):
    here = world({"cache": {"max_entries": 10, "revoke_evicted": True}})
    leasehold, upstream = here.leasehold, here.upstream
    site = Site(leasehold, upstream, here.tokens, here.leases)
    first = site.keep("/v1/leased/x0")
    for number in range(1, 10):
        site.keep(f"/v1/leased/x{number}")
    here.timeline.advance(ORDER_SECONDS)
    site.keep("/v1/leased/x0")
    for number in range(10, 14):
        site.keep(f"/v1/leased/x{number}")
    counts = leasehold.cache_counts()
    assert (counts["entries"], counts["left"]["crowded"]) == (10, 4)
    assert site.read("/v1/leased/x0") == (True, first)
    # Asked for by revoke_evicted: each is revoked once.
    until(lambda: len(upstream.requests("/v1/sys/leases/revoke")) == 4, 30,
          "the revocations")
    assert sorted(r.json["lease_id"].split("/")[1] for r in
                  upstream.requests("/v1/sys/leases/revoke")) == [
                      "x1", "x2", "x3", "x4"]
