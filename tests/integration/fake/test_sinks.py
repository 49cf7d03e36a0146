"""Sinks: whole files, wrapped, encrypted for a reader, in any number."""

import ctypes
import json
import os
import resource
import threading

import pytest

from support import settings
from support.dh_reader import Reader
from support.fake import Answer, errors
from support.fake_tokens import secret
from support.waiting import until

pytestmark = pytest.mark.fake

WRAP = "/v1/sys/wrapping/wrap"
WRAP_KEYS = ["token", "accessor", "ttl", "creation_time", "creation_path",
             "wrapped_accessor"]
ROUNDS = 60


def wrap_info(token, accessor=""):
    """An answer under a wrapping."""
    return Answer(200, secret(wrap_info={
        "token": token, "accessor": "wrapping-accessor", "ttl": 300,
        "creation_time": "2026-01-02T03:04:05.678Z",
        "creation_path": "sys/wrapping/wrap", "wrapped_accessor": accessor}))


def sink(path, config=None, **keys):
    """A sink block with keys of its own."""
    return {**keys, "config": {"path": str(path), **(config or {})}}


@pytest.fixture
def with_sinks(daemons, upstream, tokens, approle_files):
    """Starts a ready daemon with sinks; keys of the method, if any."""
    def start(*sinks, args=(), method=None, **options):
        auto_auth = settings.approle(
            *approle_files, min_backoff="10ms", max_backoff="20ms",
            **(method or {}))
        auto_auth['sink "file"'] = list(sinks)
        config = settings.proxy(upstream.address, auto_auth,
                                background={"per_second": 1000})
        if method:
            del config["api_proxy"]
        tokens.kv("/v1/kv1/a", {"color": "blue"})
        daemon = daemons.create(config, args=args, **options)
        return daemon.launch() if args else daemon.start()
    return start


def settled(leasehold):
    """Wait until no sink is pending."""
    leasehold.wait_ready()
    until(lambda: leasehold.status()["sinks"]["pending"] == 0, 30,
          "the sinks to be written")


def test_a_sink_has_the_mode_and_the_owner_asked_for(with_sinks, folder):
    ids = {"uid": os.getuid(), "gid": os.getgid()}
    names = {"owner": os.getuid(), "group": os.getgid()}
    paths = folder / "a", folder / "b", folder / "c"
    settled(with_sinks(
        sink(paths[0]), sink(paths[1], {"mode": 0o604, **ids}),
        sink(paths[2], {"mode": 0o400, **names})))
    for path, mode in zip(paths, (0o640, 0o604, 0o400)):
        assert path.read_text() == "hvs.fake1"
        assert path.stat().st_mode & 0o7777 == mode
        assert path.stat().st_uid == os.getuid()


def test_a_wrapped_sink_holds_wrap_info(with_sinks, upstream, folder):
    upstream.on_write(WRAP, errors(503, "sealed"), wrap_info("hvs.wrapping"))
    leasehold = with_sinks(sink(folder / "a", wrap_ttl="5m"))
    settled(leasehold)
    text = (folder / "a").read_text()
    assert text.endswith("\n") and text.count("\n") == 1
    assert list(json.loads(text)) == WRAP_KEYS
    assert json.loads(text)["token"] == "hvs.wrapping"
    assert json.loads(text)["ttl"] == 300
    heard = upstream.requests(WRAP)[-1]
    assert heard.headers["x-vault-wrap-ttl"] == "300s"
    assert heard.token == heard.json["token"] == "hvs.fake1"
    assert "hvs.wrapping" not in leasehold.log()


@pytest.mark.parametrize("aad", [None, "inline", "variable"])
@pytest.mark.parametrize("derive", [False, True])
def test_a_reader_opens_an_encrypted_sink(with_sinks, folder, aad, derive):
    reader = Reader(folder / "reader.json").publish()
    keys = {"dh_type": "curve25519", "dh_path": str(reader.path),
            "derive_key": derive}
    if aad:
        keys["aad"] = "inline"
    if aad == "variable":
        keys["aad_env_var"] = "SINK_AAD"
    settled(with_sinks(
        sink(folder / "a", **keys), env={"SINK_AAD": "variable"}))
    text = (folder / "a").read_text()
    assert text.endswith("\n")
    assert list(json.loads(text)) == [
        "curve25519_public_key", "nonce", "encrypted_payload"]
    assert reader.open(text, (aad or "").encode(), derive) == b"hvs.fake1"
    with pytest.raises(AssertionError):
        reader.open(text, b"another", derive)


def test_an_encrypted_sink_waits_for_its_reader(with_sinks, folder):
    reader = Reader(folder / "reader.json")
    leasehold = with_sinks(
        sink(folder / "a", dh_type="curve25519", dh_path=str(reader.path)),
        sink(folder / "b"))
    leasehold.wait_ready()
    assert leasehold.status()["sinks"] == {"count": 2, "pending": 1}
    assert (folder / "b").exists() and not (folder / "a").exists()
    reader.publish()
    settled(leasehold)
    assert reader.open((folder / "a").read_text()) == b"hvs.fake1"


def test_another_reader_is_served_from_the_next_token_on(
        with_sinks, tokens, folder):
    path = folder / "reader.json"
    first = Reader(path).publish()
    leasehold = with_sinks(sink(
        folder / "a", dh_type="curve25519", dh_path=str(path)))
    settled(leasehold)
    before = (folder / "a").read_text()
    assert first.open(before) == b"hvs.fake1"
    second = Reader(path).publish()
    tokens.revoke_all()
    assert leasehold.client().get("/v1/kv1/a").status == 200
    settled(leasehold)
    after = (folder / "a").read_text()
    assert second.open(after) == b"hvs.fake2"
    assert json.loads(before)["nonce"] != json.loads(after)["nonce"]
    path.unlink()               # the key seen last goes on
    tokens.revoke_all()
    assert leasehold.client().get("/v1/kv1/a").status == 200
    settled(leasehold)
    assert second.open((folder / "a").read_text()) == b"hvs.fake3"


def test_what_is_wrapped_is_encrypted_afterwards(
        with_sinks, upstream, folder):
    upstream.on_write(WRAP, wrap_info("hvs.wrapping"))
    reader = Reader(folder / "reader.json").publish()
    settled(with_sinks(sink(
        folder / "a", wrap_ttl="5m", dh_type="curve25519",
        dh_path=str(reader.path))))
    content = reader.open((folder / "a").read_text())
    assert content.endswith(b"\n")
    assert json.loads(content)["token"] == "hvs.wrapping"


def test_exit_after_auth_waits_for_every_sink(with_sinks, upstream, folder):
    upstream.on_write(WRAP, wrap_info("hvs.wrapping"))
    reader = Reader(folder / "reader.json")
    leasehold = with_sinks(
        sink(folder / "plain"), sink(folder / "wrapped", wrap_ttl="5m"),
        sink(folder / "sealed", dh_type="curve25519",
             dh_path=str(reader.path)), args=["-exit-after-auth"])
    until((folder / "wrapped").exists, 30, "the wrapped sink")
    assert leasehold.process.poll() is None
    reader.publish()
    assert leasehold.wait() == 0
    assert reader.open((folder / "sealed").read_text()) == b"hvs.fake1"
    assert (folder / "plain").read_text() == "hvs.fake1"


def test_a_wrapped_login_goes_to_the_sink_and_rests(
        with_sinks, upstream, approle_files, folder):
    login = "/v1/auth/approle/login"
    upstream.on_write(
        login, wrap_info("hvs.first", "a1"), wrap_info("hvs.second", "a2"))
    leasehold = with_sinks(sink(folder / "a"), method={"wrap_ttl": "2m"})
    settled(leasehold)
    info = json.loads((folder / "a").read_text())
    assert list(info) == WRAP_KEYS
    assert (info["token"], info["wrapped_accessor"]) == ("hvs.first", "a1")
    assert upstream.requests(login)[0].headers["x-vault-wrap-ttl"] == "120s"
    token = leasehold.status()["token"]
    assert token["state"] == "passed_on" and not token["valid"]
    assert token["next_step_in_ms"] == -1
    assert len(upstream.requests(login)) == 1
    assert "hvs.first" not in leasehold.log()


def test_exit_after_auth_ends_after_a_wrapped_login(
        with_sinks, upstream, folder):
    upstream.on_write("/v1/auth/approle/login", wrap_info("hvs.first", "a1"))
    leasehold = with_sinks(sink(folder / "a"), method={"wrap_ttl": "2m"},
                           args=["-exit-after-auth"])
    assert leasehold.wait() == 0
    assert json.loads((folder / "a").read_text())["token"] == "hvs.first"


def test_a_reader_in_a_loop_never_sees_a_part(with_sinks, tokens, folder):
    path = folder / "a"
    leasehold = with_sinks(sink(path))
    settled(leasehold)
    over, seen, problems = threading.Event(), set(), []

    def read():
        while not over.is_set():
            text = path.read_text()
            seen.add(text)
            if text not in issued:
                problems.append(text)

    issued = {f"hvs.fake{number}" for number in range(1, ROUNDS + 10)}
    thread = threading.Thread(target=read)
    thread.start()
    with leasehold.connection() as peer:
        for number in range(1, ROUNDS + 1):
            tokens.revoke_all()
            assert peer.request("GET", "/v1/kv1/a").status == 200
            if number % 2 == 0:     # it keeps pace, and is not waited for
                until(lambda n=number: f"hvs.fake{n + 1}" in seen, 30,
                      "the reader")
    over.set()
    thread.join()
    assert not problems
    assert len(seen) > ROUNDS / 2
    assert tokens.logins == ROUNDS + 1
    assert sorted(os.listdir(folder)) == [
        "a", "daemon0", "role_id", "secret_id"]


@pytest.fixture
def small_disk(folder):
    """A file system of 64 KiB, or None where it cannot be had."""
    path = folder / "disk"
    path.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", str(path).encode(), b"tmpfs", 0, b"size=64k"):
        yield None
        return
    yield path
    libc.umount2(str(path).encode(), 2)


def another_token(leasehold, tokens):
    """Make it log in again."""
    tokens.revoke_all()
    assert leasehold.client().get("/v1/kv1/a").status == 200


def check_full(leasehold, path, make_room):
    """The old file stays until there is room."""
    until(lambda: leasehold.status()["sinks"]["pending"] == 1, 30,
          "the sink to fail")
    leasehold.wait_for_log(r"\[ERROR\] sink\.failed")
    assert path.read_text() == "hvs.fake1"
    assert os.listdir(path.parent).count(path.name) == 1
    assert not [name for name in os.listdir(path.parent) if ".tmp." in name]
    make_room()
    settled(leasehold)


def test_a_full_disk_leaves_the_old_file(
        with_sinks, tokens, small_disk, folder):
    if small_disk is None:
        pytest.skip("no tmpfs can be mounted here")
    path = small_disk / "a"
    leasehold = with_sinks(sink(path))
    settled(leasehold)
    ballast = small_disk / "ballast"
    with open(ballast, "wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(4096))
    another_token(leasehold, tokens)
    check_full(leasehold, path, ballast.unlink)
    assert path.read_text() == "hvs.fake2"


def test_a_limit_on_files_leaves_the_old_file(with_sinks, tokens, folder):
    path = folder / "own" / "a"
    path.parent.mkdir()
    leasehold = with_sinks(sink(path))
    settled(leasehold)
    limit = resource.RLIMIT_FSIZE
    soft, hard = resource.prlimit(leasehold.pid, limit)
    resource.prlimit(leasehold.pid, limit, (16384, hard))
    tokens.prefix = "hvs." + "x" * 20000
    another_token(leasehold, tokens)
    check_full(leasehold, path, lambda: resource.prlimit(
        leasehold.pid, limit, (soft, hard)))
    assert path.read_text() == tokens.prefix + "2"
