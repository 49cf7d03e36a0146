"""SIGHUP with another method: the old token until the new one is there."""

import re
import signal

import pytest

from support import settings
from support.clock import Timeline
from support.fake import Barrier, Answer, errors
from support.waiting import until

pytestmark = pytest.mark.fake

READ = "/v1/kv1/a"
USERPASS = "/v1/auth/userpass/login/app"


@pytest.fixture
def methods(upstream, tokens, approle_files, folder):
    """Configurations by name: before, after, and some mistakes."""
    tokens.kv(READ, {"color": "blue"})
    upstream.on_write(USERPASS, tokens.log_in)
    password = folder / "password"
    password.write_text("word")

    def config(auto_auth):
        return settings.proxy(
            upstream.address, auto_auth, api_proxy={
                "use_auto_auth_token": True, "token_wait": "500ms"})

    def userpass(path, **keys):
        return {'method "userpass"': {
            "min_backoff": "50ms", "max_backoff": "100ms", **keys,
            "config": {
                "username": "app", "password_file_path": str(path),
                "remove_password_after_reading": False}}}
    approle = settings.approle(*approle_files, min_backoff="50ms")
    return {
        "revoking": config({**approle, "revoke_on_exit": True}),
        "file": config({'method "token_file"': {
            "min_backoff": "50ms",
            "config": {"token_file_path": str(folder / "other")}}}),
        "approle": config(approle),
        "userpass": config(userpass(password)),
        "missing": config(userpass(folder / "missing")),
        "none": {key: value for key, value in config(approle).items()
                 if key not in ("auto_auth", "api_proxy")},
        "broken": config({'method "userpass"': {"config": {}}}),
    }


@pytest.fixture
def leasehold(daemons, methods):
    """A daemon with the first method."""
    return daemons.start(methods["approle"]).wait_ready()


def reload(leasehold, config):
    """Give it another configuration."""
    done = len(re.findall("reload.done", leasehold.log()))
    leasehold.write_config(config)
    leasehold.signal(signal.SIGHUP)
    until(lambda: len(re.findall("reload.done", leasehold.log())) > done,
          30, "the reload")


def token(leasehold, key):
    """What the status says of the token."""
    return leasehold.status()["token"][key]


def used(upstream):
    """The token of the last read."""
    return upstream.requests(READ)[-1].token


def test_the_old_token_serves_until_the_new_one_is_there(
        leasehold, methods, upstream, tokens):
    barrier = Barrier()

    def hold(request):
        answer = tokens.log_in(request)
        return Answer(200, answer.body, barrier=barrier)
    upstream.on_write(USERPASS, hold)
    reload(leasehold, methods["userpass"])
    barrier.wait_for()
    assert leasehold.client().get(READ).status == 200
    assert used(upstream) == "hvs.fake1"
    barrier.release()
    until(lambda: token(leasehold, "generation") == 2, 30, "the new token")
    assert leasehold.client().get(READ).status == 200
    assert used(upstream) == "hvs.fake2"
    assert token(leasehold, "method") == "userpass"
    assert leasehold.log().count("auth.lost") == 0


def test_a_method_that_cannot_log_in_leaves_the_token(
        leasehold, methods, upstream, folder):
    reload(leasehold, methods["missing"])
    leasehold.wait_for_log(r"auth\.failed .*missing")
    until(lambda: token(leasehold, "failures") >= 3, 30, "further tries")
    assert leasehold.client().get(READ).status == 200
    assert used(upstream) == "hvs.fake1"
    (folder / "missing").write_text("word")
    until(lambda: token(leasehold, "generation") == 2, 30, "the new token")


def test_a_refused_method_keeps_the_old_token_alive(
        daemons, methods, upstream, tokens, moved):
    """A token of thirty seconds lives on by renewals, beside failing logins."""
    tokens.ttl = 30
    leasehold = daemons.start(
        methods["approle"], env=moved.environment()).wait_ready()
    timeline = Timeline(moved, leasehold)
    upstream.on_write(USERPASS, errors(400, "invalid password"))
    reload(leasehold, methods["userpass"])
    timeline.pass_time(3 * tokens.ttl)
    assert token(leasehold, "renewals") >= 3
    assert leasehold.client().get(READ).status == 200
    assert token(leasehold, "generation") == 1
    assert token(leasehold, "failures") > 3
    assert leasehold.log().count("auth.refused") == 1
    upstream.on_write(USERPASS, tokens.log_in)
    timeline.pass_time(5)
    assert token(leasehold, "generation") == 2


@pytest.mark.parametrize("name", ["broken", "none"])
def test_a_mistake_leaves_the_old_method(leasehold, methods, tokens, name):
    reload(leasehold, methods[name])
    leasehold.wait_for_log(r"\[ERROR\] reload\.failed")
    tokens.revoke_all()
    assert leasehold.client().get(READ).status == 200
    assert token(leasehold, "method") == "approle"


def test_the_same_method_is_left_alone(leasehold, methods, tokens):
    for _ in range(3):
        reload(leasehold, methods["approle"])
    assert tokens.logins == 1
    assert token(leasehold, "generation") == 1


def test_another_pace_takes_no_login(
        leasehold, methods, upstream, tokens):
    config = methods["approle"]
    block = config["auto_auth"]['method "approle"']
    block.update(max_login_attempts=2, max_backoff="60ms")
    reload(leasehold, config)
    assert tokens.logins == 1
    upstream.on_write("/v1/auth/approle/login", errors(400, "no"))
    tokens.revoke_all()
    leasehold.client().get(READ)
    assert leasehold.wait() == 1
    leasehold.options["exit_status"] = 1
    assert len(upstream.requests("/v1/auth/approle/login")) == 3


def test_methods_may_change_back_and_forth(leasehold, methods):
    for number, name in enumerate(("userpass", "approle") * 5, start=2):
        reload(leasehold, methods[name])
        until(lambda: token(leasehold, "generation") == number, 30, name)
        assert leasehold.client().get(READ).status == 200


def test_a_token_that_is_not_ours_is_not_given_back(
        daemons, methods, upstream, tokens, folder):
    (folder / "other").write_text(tokens.issue().text)
    leasehold = daemons.start(methods["revoking"]).wait_ready()
    reload(leasehold, methods["file"])
    until(lambda: token(leasehold, "generation") == 2, 30, "the token")
    leasehold.signal(signal.SIGTERM)
    assert leasehold.wait() == 0
    assert not upstream.requests("/v1/auth/token/revoke-self")
