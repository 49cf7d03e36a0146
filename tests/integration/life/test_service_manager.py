"""Under a service manager: readiness, reload, watchdog, sockets of its own."""

import os
import shutil
import signal
import socket

import pytest

from support import httpc
from support import manager as managers
from support.fake import Answer, Barrier, errors
from support.waiting import until

pytestmark = pytest.mark.fake


@pytest.fixture
def manager(folder):
    """A manager that hears."""
    listening = managers.Manager(folder / "notify")
    yield listening
    listening.close()


def hold_logins(upstream, tokens):
    """Logins are answered once the barrier is released."""
    barrier = Barrier()

    def login(request):
        barrier.hold()
        return tokens.log_in(request)
    upstream.on_write("/v1/auth/approle/login", login)
    return barrier


def test_ready_is_told_once_there_is_a_token(
        daemons, config, upstream, tokens, manager):
    barrier = hold_logins(upstream, tokens)
    config["api_proxy"]["token_wait"] = "10m"
    leasehold = daemons.start(config, env=manager.environment())
    barrier.wait_for(seconds=30)
    assert leasehold.client().get("/leasehold/v1/health").status == 200
    assert not manager.collect()
    barrier.release()
    manager.wait_for("READY=1")
    assert manager.heard[0].startswith("STATUS=token until 2")
    assert manager.heard[0].endswith(
        f"server {upstream.address} reachable")
    assert leasehold.client().get("/leasehold/v1/ready").status == 200


def test_a_login_that_fails_holds_no_start_up(
        daemons, config, upstream, manager):
    upstream.on_write("/v1/auth/approle/login",
                      errors(400, "no\nMAINPID=1"))
    daemons.start(config, env=manager.environment())
    manager.wait_for("READY=1")
    assert manager.heard[0].startswith("STATUS=no token: ")
    assert "\n" not in manager.heard[0]


def test_a_login_that_hangs_holds_a_start_up_for_token_wait(
        daemons, config, upstream, tokens, manager):
    barrier = hold_logins(upstream, tokens)
    config["api_proxy"]["token_wait"] = "100ms"
    daemons.start(config, env=manager.environment(WATCHDOG_USEC="400000"))
    manager.wait_for("READY=1")
    assert tokens.logins == 0
    barrier.release()
    manager.wait_for("STATUS=token until ")


def test_ready_without_auto_auth(daemons, config, manager):
    for key in ("auto_auth", "api_proxy"):
        del config[key]
    daemons.start(config, env=manager.environment())
    manager.wait_for("READY=1")
    assert manager.heard[0].startswith("STATUS=server http://")


def test_a_reload_is_framed_and_a_stop_is_told(daemons, config, manager):
    leasehold = daemons.start(config, env=manager.environment())
    manager.wait_for("READY=1")
    leasehold.signal(signal.SIGHUP)
    manager.wait_for("READY=1", count=2)
    reloading = manager.wait_for("RELOADING=1\nMONOTONIC_USEC=")
    assert int(reloading.rsplit("=")[-1]) > 0
    assert manager.heard.index(reloading) < len(manager.heard) - 1
    leasehold.stop()
    manager.wait_for("STOPPING=1")


def test_the_watchdog_is_fed(daemons, config, folder):
    name = f"@leasehold-test-{os.getpid()}-{folder.name}"
    listening = managers.Manager(name)
    daemons.start(config, env=listening.environment(
        WATCHDOG_USEC="200000"))
    listening.wait_for("WATCHDOG=1", count=5)
    listening.close()


def test_a_manager_that_is_gone_is_missed_by_nobody(
        daemons, config, folder):
    leasehold = daemons.start(
        config, env={"NOTIFY_SOCKET": str(folder / "nobody")})
    assert leasehold.wait_ready().client().get("/v1/kv1/a").status == 200


def test_a_socket_of_the_manager_is_listened_on(daemons, config):
    sock, address = managers.listening_tcp()
    config['listener "tcp"']["address"] = address
    options = managers.handing_over([sock], "leasehold.socket")
    for _ in range(2):      # a restart: callers who came meanwhile wait
        early = socket.create_connection(sock.getsockname())
        early.sendall(b"GET /leasehold/v1/health HTTP/1.1\r\n"
                      b"Host: localhost\r\nConnection: close\r\n\r\n")
        leasehold = daemons.start(config, **options)
        early.settimeout(30)
        assert early.recv(4096).startswith(b"HTTP/1.1 200")
        early.close()
        assert leasehold.addresses() == [address]
        leasehold.wait_ready().signal(signal.SIGHUP)
        leasehold.wait_for_log(r"\breload\.done\b", 30)
        assert leasehold.client().get("/v1/kv1/a").status == 200
        leasehold.stop()
    sock.close()


def test_only_the_listener_at_that_address_takes_it(daemons, config, folder):
    path = folder / "inherited.sock"
    sock = managers.listening_unix(path)
    config['listener "unix"'] = {"address": str(path), "tls_disable": True}
    leasehold = daemons.start(
        config, listeners=2, **managers.handing_over([sock]))
    assert [leasehold.client(i).get("/v1/kv1/a").status for i in (0, 1)] == [
        200, 200]
    leasehold.stop()
    assert path.exists()    # the manager's, who goes on listening there
    sock.close()


def refusal(daemon):
    """What it says before it ends with 1."""
    daemon.options["exit_status"] = 1
    assert daemon.launch().wait(30) == 1
    return daemon.log()


def test_a_socket_that_is_no_listeners_ends_the_start(daemons, config):
    sock, address = managers.listening_tcp()
    daemon = daemons.create(
        config, **managers.handing_over([sock], "other.socket"))
    assert f'"other.socket" at {address}' in refusal(daemon)
    sock.close()


def test_a_socket_that_lets_in_more_than_socket_mode_is_refused(
        daemons, config, folder):
    path = folder / "wide.sock"
    sock = managers.listening_unix(path)
    path.chmod(0o666)
    del config['listener "tcp"']
    config['listener "unix"'] = {
        "address": str(path), "tls_disable": True, "socket_mode": "0660"}
    options = managers.handing_over([sock])
    daemon = daemons.create(config, **options)
    assert "mode 0666" in refusal(daemon)
    path.chmod(0o600)
    leasehold = daemons.start(config, **options)
    assert leasehold.client().get("/v1/kv1/a").status == 200
    leasehold.stop()
    sock.close()


def connected(path):
    """A connection to a unix socket; None while nobody listens there."""
    try:
        return httpc.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        return None     # not bound yet, or bound and not listening yet


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"),
                    reason="systemd-socket-activate is not installed")
def test_systemds_own_launcher_hands_its_socket_over(
        daemons, config, folder, upstream):
    path = folder / "activated.sock"
    del config['listener "tcp"']
    config['listener "unix"'] = {"address": str(path), "tls_disable": True}
    upstream.on("GET", "/v1/kv1/a", Answer(200, {"data": {}}))
    daemon = daemons.create(config, wrapper=(
        "systemd-socket-activate", "-l", str(path))).launch()
    caller = until(lambda: connected(path), 30, "the launcher to listen")
    # The first connection started it.
    until(daemon.addresses, 30, "the listener")
    assert daemon.wait_ready().client().get("/v1/kv1/a").status == 200
    caller.close()
