"""What the process gives up once it is built, and that it is gone for good."""

import os
import pathlib
import re
import resource
import shutil
import signal

import pytest

from support import certs, settings
from support.waiting import until

pytestmark = [pytest.mark.fake, pytest.mark.plain]

NOBODY = 65534
ROOT_ONLY = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root to become another user")
PROCESS = {"user": str(NOBODY), "group": str(NOBODY)}


def field_of(pid, name, task=None):
    """A field of /proc/PID/status, or of one of its threads."""
    path = f"/proc/{pid}/task/{task}/status" if task else (
        f"/proc/{pid}/status")
    text = pathlib.Path(path).read_text()
    return re.search(rf"^{name}:\s*(.*?)\s*$", text, re.M)[1].split()


def tasks_of(pid):
    """The threads of a process."""
    return os.listdir(f"/proc/{pid}/task")


def needs_landlock(leasehold):
    """Skip where the kernel has none."""
    if leasehold.status()["process"]["landlock"] == 0:
        pytest.skip("this kernel has no Landlock")


@pytest.fixture
def run(folder):
    """A folder of the service's user."""
    path = folder / "run"
    path.mkdir()
    os.chown(path, NOBODY, NOBODY)
    return path


@ROOT_ONLY
def test_the_privileges_are_gone_for_good(daemons, config):
    config["process"] = PROCESS
    leasehold = daemons.start(config).wait_ready()
    for task in tasks_of(leasehold.pid):
        for name in ("Uid", "Gid"):
            assert field_of(leasehold.pid, name, task) == [str(NOBODY)] * 4
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(field_of(leasehold.pid, name, task)[0], 16) == 0
        groups = field_of(leasehold.pid, "Groups", task)
        assert groups == [str(NOBODY)]
        assert field_of(leasehold.pid, "NoNewPrivs", task) == ["1"]
    around = leasehold.status()["process"]
    assert (around["uid"], around["gid"]) == (NOBODY, NOBODY)
    # Still not to be looked into: the kernel gives its files to root.
    assert os.stat(f"/proc/{leasehold.pid}/mem").st_uid == 0


@ROOT_ONLY
def test_files_made_before_belong_to_the_user(daemons, config, run):
    log, pid, socket = run / "log", run / "pid", run / "socket"
    config.update(process=PROCESS, log_file=str(log), pid_file=str(pid))
    config['listener "unix"'] = {"address": str(socket), "tls_disable": True}
    leasehold = daemons.start(config, listeners=2).wait_ready()
    for path in (log, pid, socket):
        assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, NOBODY)
    log.rename(run / "old")
    leasehold.signal(signal.SIGHUP)
    until(log.exists, 30, "the log file to be there again")
    assert log.stat().st_uid == NOBODY
    leasehold.stop()
    assert not pid.exists()
    assert not socket.exists()


@ROOT_ONLY
def test_a_sink_is_written_as_the_user(daemons, config, run):
    config["process"] = PROCESS
    config["auto_auth"].update(settings.sink(run / "token"))
    daemons.start(config).wait_ready()
    until((run / "token").exists, 30, "the sink to be written")
    assert (run / "token").stat().st_uid == NOBODY


@ROOT_ONLY
def test_a_key_of_roots_serves_but_is_not_read_again(
        daemons, config, folder):
    certificate, key = certs.self_signed(folder, "localhost")
    key.chmod(0o600)
    config.update(process=PROCESS)
    config['listener "tcp"'] = {
        "address": "127.0.0.1:0", "tls_cert_file": str(certificate),
        "tls_key_file": str(key)}
    leasehold = daemons.start(config)
    leasehold.wait_for_log(rf"process\.unreadable path={key} ", 30)
    leasehold.signal(signal.SIGHUP)
    leasehold.wait_for_log(r"reload\.failed error=.*Permission denied", 30)
    leasehold.wait_for_log(r"reload\.done", 30)
    client = leasehold.client(context=certs.client_context(certificate))
    assert client.get("/leasehold/v1/health").status == 200


@ROOT_ONLY
def test_credentials_that_the_user_cannot_read_are_named(
        daemons, config, approle_files):
    approle_files[1].chmod(0o600)
    config["process"] = PROCESS
    leasehold = daemons.start(config)
    leasehold.wait_for_log(
        rf"process\.unreadable path={approle_files[1]} ", 30)
    leasehold.wait_for_log(r"auth\.failed .*Permission denied", 30)


@ROOT_ONLY
def test_root_that_stays_root_is_warned(daemons, config):
    leasehold = daemons.start(config)
    assert re.search(r"\[WARN\] +process\.root ", leasehold.log())


@ROOT_ONLY
def test_who_may_not_become_the_user_does_not_start(
        daemons, config, binary, folder):
    config["process"] = {"user": "1", "group": "1"}
    mine = shutil.copy(binary, folder / "leasehold")
    leasehold = daemons.create(
        config, binary=mine, user=NOBODY, exit_status=1).launch()
    assert leasehold.wait() == 1
    assert ("cannot become user 1 and group 1: Operation not permitted"
            in leasehold.log())


def test_system_calls_are_filtered_in_every_thread(leasehold):
    leasehold.client().get("/v1/kv1/a")
    if not leasehold.status()["process"]["seccomp"]:
        pytest.skip("built without libseccomp")
    for task in tasks_of(leasehold.pid):
        assert field_of(leasehold.pid, "Seccomp", task) == ["2"]
    assert re.search(r"process\.confined .*seccomp=on", leasehold.log())


def test_each_can_be_switched_off(daemons, config):
    config["process"] = {"seccomp": False, "landlock": False}
    leasehold = daemons.start(config).wait_ready()
    around = leasehold.status()["process"]
    assert (around["seccomp"], around["landlock"]) == (False, 0)
    assert field_of(leasehold.pid, "Seccomp") == ["0"]


def test_a_credential_cannot_lead_outside(daemons, upstream, tokens, folder):
    inside, outside = folder / "inside", folder / "outside"
    for path in (inside, outside):
        path.mkdir()
    token = tokens.log_in(None).body["auth"]["client_token"]
    (outside / "token").write_text(token)
    (inside / "token").symlink_to(inside / "later")
    leasehold = daemons.start(settings.proxy(
        upstream.address, settings.method(
            "token_file", {"token_file_path": str(inside / "token")},
            max_backoff="100ms", min_backoff="10ms")))
    needs_landlock(leasehold)
    (inside / "token").unlink()
    (inside / "token").symlink_to(outside / "token")
    leasehold.wait_for_log(r"auth\.failed .*Permission denied", 30)
    (inside / "token").unlink()
    (inside / "token").write_text(token)
    leasehold.wait_ready(30)


def test_a_reload_cannot_name_files_outside(daemons, config, folder):
    here, elsewhere = folder / "here", folder / "elsewhere"
    for path in (here, elsewhere):
        path.mkdir()
        for name in ("role_id", "secret_id"):
            (path / name).write_text("of the test")
    config["auto_auth"] = settings.approle(
        here / "role_id", here / "secret_id")
    leasehold = daemons.start(config).wait_ready()
    needs_landlock(leasehold)
    config["auto_auth"] = settings.approle(
        elsewhere / "role_id", elsewhere / "secret_id")
    leasehold.write_config({**config, "log_level": "debug"})
    leasehold.signal(signal.SIGHUP)
    leasehold.wait_for_log(
        rf"reload\.failed error=\"{elsewhere}/role_id is outside the folders"
        r".*restart", 30)
    leasehold.wait_for_log(r"reload\.done", 30)
    assert "[DEBUG]" not in leasehold.log()
    assert leasehold.client().get("/v1/kv1/a").status == 200


def start_with_memlock(daemons, config, binary, folder, limit):
    """A daemon of nobody's with that RLIMIT_MEMLOCK."""
    mine = shutil.copy(binary, folder / "leasehold")
    before = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, before[1]))
    try:
        return daemons.start(config, binary=mine, user=NOBODY).wait_ready()
    finally:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, before)


@ROOT_ONLY
@pytest.mark.parametrize("limit", [64 * 1024, 16 * 1024])
def test_a_small_limit_locks_the_secrets(
        daemons, config, binary, folder, limit):
    leasehold = start_with_memlock(daemons, config, binary, folder, limit)
    locked = int(field_of(leasehold.pid, "VmLck")[0]) * 1024
    assert 16 * 1024 <= locked <= limit
    assert "no memory could be locked" not in leasehold.log()
    assert leasehold.client().get("/v1/kv1/a").status == 200


@ROOT_ONLY
def test_without_any_locked_memory_it_says_so(
        daemons, config, binary, folder):
    leasehold = start_with_memlock(daemons, config, binary, folder, 0)
    assert field_of(leasehold.pid, "VmLck")[0] == "0"
    assert "warning: no memory could be locked" in leasehold.log()
    assert leasehold.client().get("/v1/kv1/a").status == 200
