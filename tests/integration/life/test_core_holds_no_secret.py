"""A core that is forced all the same holds no secret, but for those named here.

The process has them all: it reads a secret id, logs in, serves TLS with a key,
passes bodies on and keeps an answer. Then it is aborted with its hands freed,
and its core is searched. That no core is written of it otherwise is tested in
test_secrets_stay_inside.
"""

import re
import subprocess

import pytest

from support import certs, core, fake, httpc, settings
from support.fake import Answer
from support.fake_tokens import Tokens, secret
from support.memory import search
from support.waiting import until

pytestmark = [
    pytest.mark.fake, pytest.mark.plain,
    pytest.mark.skipif(core.why_not() is not None, reason=str(core.why_not()))]

TOKEN = "hvs.CANARY-in-a-core-"
OWN = "hvs.CANARY-of-a-caller-8e2"
WORDS = {name: f"canary-core-{name}" for name in (
    "role-id", "secret-id", "body", "answer", "kept", "query")}

# What a core may hold, and why.
AT_REST = {
    "kept": "an answer in the cache: there may be more of them than a process "
            "may lock, so they lie in ordinary memory until they leave it",
}
UNDER_WAY = {
    **AT_REST,
    "token": "in the head of a request that waits for its answer",
    "own": "the head of a request whose caller waits",
    "body": "the body of a request that waits: it may be sent again",
}


def key_of(path):
    """The secret number of a key, as OpenSSL holds it on this machine."""
    text = subprocess.run(
        ["openssl", "pkey", "-in", str(path), "-noout", "-text"],
        check=True, capture_output=True, text=True).stdout
    digits = re.search(r"^priv:\n((?:\s+[0-9a-f:]+\n)+)", text, re.M)[1]
    number = int(re.sub(r"[\s:]", "", digits), 16)
    return number.to_bytes(32, "little")


class Bearer:
    """A daemon between TLS and TLS with a secret of each kind."""

    def __init__(self, daemons, folder, upstream, certificate):
        self.upstream = upstream
        self.tokens = Tokens(upstream)
        self.tokens.prefix = TOKEN
        self._script()
        files = folder / "role_id", folder / "secret_id"
        for path, name in zip(files, ("role-id", "secret-id")):
            path.write_text(WORDS[name])
        self.secrets = {"token": TOKEN, "own": OWN, **WORDS}
        self.secrets = {name: text.encode()
                        for name, text in self.secrets.items()}
        self.secrets["key"] = key_of(certificate[1])
        # What is fenced in may not write a core either.
        config = settings.proxy(
            upstream.address, settings.approle(*files), cache={},
            process={"landlock": False},
            vault={"address": upstream.address, "tls_skip_verify": True})
        config['listener "tcp"'] = {
            "address": "127.0.0.1:0", "tls_cert_file": str(certificate[0]),
            "tls_key_file": str(certificate[1])}
        self.daemon = daemons.start(config, **core.options(folder))
        until(lambda: self.client().get("/leasehold/v1/ready").status == 200,
              30, "leasehold to be ready")

    def _script(self):
        self.upstream.on_write("/v1/kv1/a", Answer(204))
        self.tokens.kv("/v1/kv1/a", {"password": WORDS["answer"]})
        self.upstream.on("GET", "/v1/leased/x", self.tokens.guarded(
            lambda _: Answer(200, secret(
                lease_id="leased/x/1", lease_duration=3600, renewable=True,
                data={"password": WORDS["kept"]}))))

    def client(self, **options):
        """A client that asks no questions about certificates."""
        return self.daemon.client(context=certs.client_context(), **options)

    def talk(self):
        """Requests that carry and bring secrets; all are answered."""
        client = self.client()
        assert client.put("/v1/kv1/a", {"p": WORDS["body"]}).status == 204
        reply = client.get(f"/v1/kv1/a?x={WORDS['query']}")
        assert WORDS["answer"] in str(reply.json)
        self.client(token=OWN).get("/v1/kv1/a")
        for _ in range(2):
            assert WORDS["kept"] in str(client.get("/v1/leased/x").json)

    def settle(self, allowed):
        """Wait for what is over to be wiped: a turn of its loop or two."""
        def is_wiped():
            self.client().get("/leasehold/v1/health")
            return {name for name, data in self.secrets.items()
                    if search(self.daemon.pid, data)[0]} <= set(allowed)
        until(is_wiped, 30, "the rest to be wiped")

    def core(self):
        """Ends it; the names of the secrets in its core."""
        data = core.force(self.daemon)
        # Is it the core of this process, and whole?
        assert b"/v1/leased/x" in data and self.daemon.config_path.name.encode(
            ) in data
        return {name for name, text in self.secrets.items() if text in data}


@pytest.fixture
def bearer(daemons, folder):
    """A ready daemon that can be made to leave a core."""
    certificate = certs.self_signed(folder, "localhost")
    upstream = fake.Fake(certs.server_context(*certificate))
    yield Bearer(daemons, folder, upstream, certificate)
    upstream.stop()


def test_a_core_at_rest_holds_kept_answers_only(bearer):
    bearer.talk()
    bearer.settle(AT_REST)
    assert all(search(bearer.daemon.pid, bearer.secrets[name])[1] for name in (
        "token", "secret-id", "key")), "they are not where they must be"
    assert bearer.core() == set(AT_REST)


def test_a_core_amid_a_request_holds_that_request(bearer):
    bearer.talk()
    barrier = fake.Barrier()
    bearer.upstream.on_write("/v1/kv1/b", Answer(204, barrier=barrier))
    context = certs.client_context()
    with bearer.daemon.connection(context=context) as first, \
            bearer.daemon.connection(context=context) as second:
        for peer, token in ((first, None), (second, OWN)):
            fields = [("X-Vault-Token", token)] if token else []
            peer.send(httpc.render("PUT", "/v1/kv1/b", fields,
                                   WORDS["body"].encode()))
        barrier.wait_for(2)
        bearer.settle(UNDER_WAY)
        found = bearer.core()
        barrier.release()
    assert "body" in found, "nothing was under way"
    assert found <= set(UNDER_WAY)
