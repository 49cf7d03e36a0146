"""Tokens of every kind: batch, periodic, without end, limited, wrapped."""

import itertools
import json

import pytest

from support import httpc, settings
from support.waiting import until

pytestmark = pytest.mark.live

NUMBERS = itertools.count(1)
LOGIN = "auth/approle/login"
RENEW = "auth/token/renew-self"
READ = "/v1/kv1/kinds"


@pytest.fixture
def launch(real_vault, daemons, login):
    """Starts a daemon with a role of some kind."""
    real_vault.call("PUT", "kv1/kinds", {"color": "green"})

    def make(*, more=None, **role):
        return daemons.start(settings.proxy(
            real_vault.address, {**login(**role), **(more or {})}))
    return make


@pytest.fixture
def heard(real_vault):
    """Counts what the server has heard since the test began."""
    before = {path: real_vault.heard(path) for path in (LOGIN, RENEW)}
    return lambda path: real_vault.heard(path) - before[path]


def read_until(leasehold, condition, what):
    """Read all the time; not one read may fail."""
    def look():
        assert leasehold.client().get(READ).status == 200
        return condition()
    until(look, 40, what)


def test_a_batch_token_is_replaced_ahead_of_its_end(launch, heard):
    leasehold = launch(token_type="batch", token_ttl="4s").wait_ready()
    assert not leasehold.status()["token"]["renewable"]
    read_until(leasehold, lambda: heard(LOGIN) >= 3, "two new logins")
    assert heard(RENEW) == 0


def test_a_periodic_token_is_renewed_and_never_replaced(launch, heard):
    leasehold = launch(token_period="9s").wait_ready()
    read_until(leasehold, lambda: heard(RENEW) >= 2, "two renewals")
    assert heard(LOGIN) == 1
    assert leasehold.status()["token"]["generation"] == 1


def test_a_token_with_an_explicit_end_is_replaced_ahead_of_it(
        launch, heard):
    leasehold = launch(
        token_ttl="3s", token_explicit_max_ttl="6s").wait_ready()
    read_until(leasehold, lambda: heard(LOGIN) >= 2, "a new login")


def test_a_token_without_end_needs_no_work(
        real_vault, daemons, folder, heard):
    real_vault.call("PUT", "kv1/kinds", {"color": "green"})
    path = folder / "token"
    path.write_text(real_vault.root.token)
    leasehold = daemons.start(settings.proxy(real_vault.address, {
        'method "token_file"': {
            "config": {"token_file_path": str(path)}}})).wait_ready()
    token = leasehold.status()["token"]
    assert token["expires_in_s"] == token["next_step_in_ms"] == -1
    assert leasehold.client().get(READ).status == 200
    assert heard(RENEW) == 0


def test_a_use_limited_token_is_refused_with_advice(launch, heard):
    leasehold = launch(token_num_uses=5, token_ttl="1h")
    leasehold.wait_for_log(r"auth\.failed .*token_num_uses=0")
    assert leasehold.client().get("/leasehold/v1/ready").status == 503
    assert "use-limited" in leasehold.status()["token"]["last_error"]


def test_the_last_login_attempt_ends_the_process(
        real_vault, daemons, approle_files):
    daemon = daemons.create(
        settings.proxy(real_vault.address, settings.approle(
            *approle_files, min_backoff="50ms", max_backoff="100ms",
            max_login_attempts=3)), exit_status=1).launch()
    assert daemon.wait() == 1
    assert daemon.log().count("auth.refused") == 1
    assert "auth.fatal" in daemon.log()


def unwrap(real_vault, token):
    """What a wrapping token holds; it works once."""
    return httpc.Client(f"127.0.0.1:{real_vault.port}", token).request(
        "PUT", "/v1/sys/wrapping/unwrap")


def test_a_wrapped_sink_is_unwrapped_by_the_server(
        launch, real_vault, folder):
    path = folder / "wrapped"
    leasehold = launch(token_ttl="1h", more={'sink "file"': {
        "wrap_ttl": "2m", "config": {"path": str(path)}}}).wait_ready()
    until(path.exists, 30, "the sink")
    info = json.loads(path.read_text())
    assert info["creation_path"] == "sys/wrapping/wrap"
    assert info["ttl"] == 120
    reply = unwrap(real_vault, info["token"])
    token = reply.json["data"]["token"]
    look = httpc.Client(f"127.0.0.1:{real_vault.port}", token).get(
        "/v1/auth/token/lookup-self")
    assert look.json["data"]["accessor"].startswith(
        leasehold.status()["token"]["accessor"])
    assert unwrap(real_vault, info["token"]).status == 400


def test_a_wrapped_login_is_unwrapped_by_the_server(
        real_vault, daemons, folder):
    files = real_vault.approle(f"wrap{next(NUMBERS)}", folder, token_ttl="1h")
    path = folder / "wrapped"
    config = settings.proxy(real_vault.address, {
        **settings.approle(*files, wrap_ttl="90s"), **settings.sink(path)})
    del config["api_proxy"]
    daemon = daemons.create(config, args=["-exit-after-auth"]).launch()
    assert daemon.wait() == 0
    info = json.loads(path.read_text())
    assert info["creation_path"] == LOGIN and info["ttl"] == 90
    auth = unwrap(real_vault, info["token"]).json["auth"]
    assert auth["accessor"] == info["wrapped_accessor"]
