"""What is over is wiped: the memory of the process is searched for it.

The process is read as root may read it (/proc/PID/mem). A core would hold the
mappings that are not marked "dd" (do not dump) there. That none is written at
all is tested in test_secrets_stay_inside.
"""

import os
import signal

import pytest

from support import certs, fake, settings
from support.fake import Answer
from support.fake_tokens import Tokens, secret
from support.forward import ForwardProxy
from support.memory import search
from support.waiting import until

pytestmark = [
    pytest.mark.fake, pytest.mark.plain,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read memory")]

TOKEN = "hvs.CANARY-in-memory-"
BODY = "canary-body-4a8"
ANSWER = "canary-answer-5b9"
KEPT = "canary-kept-6c0"
OWN = "hvs.CANARY-of-a-caller-7d1"
SIGNING = "canary0signing0key0of0aws0"


@pytest.fixture
def marked(daemons, upstream, approle_files):
    """A ready daemon whose secrets can be told from one another."""
    tokens = Tokens(upstream)
    tokens.prefix = TOKEN
    tokens.kv("/v1/kv1/a", {"password": ANSWER})
    upstream.on_write("/v1/kv1/a", Answer(204))
    grant = tokens.guarded(lambda _: Answer(200, secret(
        lease_id="leased/x/1", lease_duration=3600, renewable=True,
        data={"password": KEPT})))
    upstream.on("GET", "/v1/leased/x", grant)
    config = settings.proxy(upstream.address, settings.approle(
        *approle_files, min_backoff="50ms"), cache={})
    leasehold = daemons.start(config).wait_ready()
    leasehold.tokens = tokens
    return leasehold


def gone(leasehold, text):
    """Wait until it is nowhere; a turn of the loop may still be needed."""
    def is_gone():
        leasehold.client().get("/leasehold/v1/health")
        return search(leasehold.pid, text) == (0, 0)
    until(is_gone, 30, f"{text} to leave memory")


def test_our_token_lies_where_no_core_reaches(marked):
    marked.client().get("/v1/kv1/a")
    dumped, kept_out = search(marked.pid, TOKEN)
    assert kept_out, "it is not where it must be: does the search work?"
    until(lambda: search(marked.pid, TOKEN)[0] == 0, 30,
          "copies for requests to be wiped")


def test_the_secret_id_lies_where_no_core_reaches(marked):
    # It is kept for the next login, as the file may be gone by then.
    until(lambda: search(marked.pid, "secret_id-of-the-test")[0] == 0, 30,
          "copies for the login to be wiped")


def test_what_was_passed_on_is_wiped(marked):
    assert marked.client().put("/v1/kv1/a", {"p": BODY}).status == 204
    assert ANSWER in str(marked.client().get("/v1/kv1/a").json)
    gone(marked, BODY)
    gone(marked, ANSWER)


def test_the_token_of_a_caller_is_wiped(marked):
    marked.client(token=OWN).get("/v1/kv1/a")
    gone(marked, OWN)


def test_a_token_in_a_path_is_wiped(marked):
    for verb in ("lookup", "renew", "revoke", "revoke-orphan"):
        marked.client().put(f"/v1/auth/token/{verb}/{OWN}")
    marked.client().get(f"/v1/kv1/a?token={OWN}")
    marked.client().get(f"/{OWN}")
    gone(marked, OWN)


@pytest.fixture
def far(folder):
    """A server with TLS, and a forward proxy before it."""
    server = fake.Fake(certs.server_context(
        *certs.self_signed(folder, "upstream")))
    middle = ForwardProxy(server.port)
    yield server, middle
    middle.stop()
    server.stop()


def test_a_token_in_a_path_is_wiped_beyond_a_proxy(daemons, far):
    # curl takes the URL apart by itself then, and keeps the parts.
    server, middle = far
    leasehold = daemons.start(settings.proxy(server.address, vault={
        "address": server.address, "tls_skip_verify": True,
        "proxy_address": f"http://{middle.address}"}))
    leasehold.client().put(f"/v1/auth/token/lookup/{OWN}")
    assert len(server.requests()) == 1 and middle.heard()
    gone(leasehold, OWN)


def test_a_kept_answer_is_wiped_when_it_leaves(marked):
    assert marked.client().get("/v1/leased/x").status == 200
    assert sum(search(marked.pid, KEPT)), "it is kept in memory"
    marked.client().post("/proxy/v1/cache-clear", {"type": "all"})
    gone(marked, KEPT)


def test_a_dead_token_is_wiped(marked):
    first = f"{TOKEN}1"
    marked.client().get("/v1/kv1/a")
    marked.tokens.revoke_all()
    assert marked.client().get("/v1/kv1/a").status == 200
    assert marked.tokens.logins == 2
    gone(marked, first)


def test_a_key_in_the_configuration_is_there_once(daemons, upstream):
    tokens = Tokens(upstream)
    upstream.on_write("/v1/auth/aws/login", tokens.log_in)
    leasehold = daemons.start(settings.proxy(upstream.address, {
        'method "aws"': {"config": {
            "type": "iam", "role": "app", "access_key": "AKIDEXAMPLE",
            "secret_key": "of-the-test", "session_token":
            "x" * 400 + SIGNING + "x" * 400}}})).wait_ready()
    in_the_settings = 1
    leasehold.signal(signal.SIGHUP)
    leasehold.wait_for_log(r"\breload\.done\b")
    # The settings of before are wiped a moment after it is told.
    until(lambda: search(leasehold.pid, SIGNING)[0] == in_the_settings, 30,
          "the other copies to be wiped")
