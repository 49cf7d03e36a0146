"""The local boundary: who may connect, for which host, to ask what."""

import os
import subprocess

import pytest

from support import certs, httpc, settings
from support.fake import Answer

pytestmark = pytest.mark.fake

PATH = "/v1/secret/data/app"
# Paths that are answered by Vault, by leasehold, and by nobody.
PATHS = (PATH, "/leasehold/v1/health", "/leasehold/v1/metrics",
         "/agent/v1/cache-clear", "/nowhere", "/")


@pytest.fixture
def start(daemons, upstream):
    """Starts a daemon whose listener has the settings told."""
    upstream.on("GET", "/v1/*", Answer(200, {"data": {"it": "came"}}))
    upstream.on("LIST", "/v1/*", Answer(200, {"data": {"keys": ["a"]}}))
    upstream.on_write("/v1/*", Answer(200, {"data": {"it": "written"}}))

    def make(kind="tcp", **listener):
        listener = {"tls_disable": True, "address": "127.0.0.1:0", **listener}
        return daemons.start({
            "vault": {"address": upstream.address},
            f'listener "{kind}"': listener})
    return make


def get(leasehold, path=PATH, **headers):
    """The status of a GET."""
    fields = [(name.replace("_", "-"), value)
              for name, value in headers.items()]
    return leasehold.client().get(path, headers=fields).status


def errors_of(reply):
    """The texts of an answer in Vault's shape."""
    assert reply.headers["Content-Type"] == "application/json"
    return reply.json["errors"]


def test_a_listener_for_other_machines_must_be_asked_for(daemons, upstream):
    config = {"vault": {"address": upstream.address}, 'listener "tcp"': {
        "address": "0.0.0.0:0", "tls_disable": True}}
    refused = daemons.create(config, exit_status=1).launch()
    assert refused.wait() == 1
    assert f"{refused.config_path}:4: listener.address: 0.0.0.0:0" \
        in refused.log()
    assert "allow_remote = true" in refused.log()
    config['listener "tcp"']["allow_remote"] = True
    willing = daemons.start(config)
    assert get(willing, "/leasehold/v1/health", Host="any.test") == 200
    assert "is open to the network without TLS" in willing.log()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name, value", [
    ("Origin", "http://evil.test"), ("Origin", "null"),
    ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")])
def test_a_web_page_is_refused_on_every_path(start, upstream, path, name,
                                             value):
    reply = start().client().get(path, headers=[(name, value)])
    assert reply.status == 403
    assert "web pages" in errors_of(reply)[0]
    assert not upstream.requests()


def test_a_web_page_may_come_where_that_is_said(start):
    leasehold = start(allow_browsers=True)
    assert get(leasehold, Origin="http://ui.test") == 200
    assert get(leasehold, Host="evil.test") == 421


@pytest.mark.parametrize("path", PATHS)
def test_a_rebound_name_is_refused_on_every_path(start, upstream, path):
    leasehold = start()
    for host in ("evil.test", "evil.test:8200", "localhost.evil.test",
                 "127.0.0.1.evil.test", "10.0.0.1"):
        reply = leasehold.client().get(path, headers=[("Host", host)])
        assert reply.status == 421, host
        assert "allowed_hosts" in errors_of(reply)[0]
    assert not upstream.requests()


def test_the_machine_itself_is_let_in_by_its_names(start):
    leasehold = start()
    for host in ("localhost", "LocalHost:1", "127.0.0.1:8200", "[::1]:8200",
                 leasehold.addresses()[0]):
        assert get(leasehold, Host=host) == 200, host


def test_a_listener_knows_its_own_address(start):
    leasehold = start(address="127.0.0.7:0")
    assert get(leasehold, Host="127.0.0.7:99") == 200
    assert get(leasehold, Host="127.0.0.8:99") == 421


def test_hosts_can_be_named(start):
    leasehold = start(allowed_hosts=["vault.test", "other.test:1"])
    assert get(leasehold, Host="vault.test:8200") == 200
    assert get(leasehold, Host="other.test:1") == 200
    assert get(leasehold, Host="other.test:2") == 421
    assert get(leasehold, Host="localhost") == 421


def test_a_unix_socket_takes_any_host(start, folder):
    leasehold = start("unix", address=str(folder / "s"))
    assert get(leasehold, Host="v") == 200
    assert get(leasehold, Origin="null") == 403


def ask_as(user, path, group=4700, groups=()):
    """What a connection of another user is answered, to its end."""
    script = ("import socket, sys\n"
              "s = socket.socket(socket.AF_UNIX)\n"
              "s.settimeout(10)\n"
              "s.connect(sys.argv[1])\n"
              "s.sendall(b'GET /leasehold/v1/health HTTP/1.1\\r\\n'\n"
              "          b'Host: v\\r\\nConnection: close\\r\\n\\r\\n')\n"
              "while data := s.recv(4096):\n"
              "    sys.stdout.buffer.write(data)\n")
    return subprocess.run(
        ["/usr/bin/python3", "-c", script, path], user=user, group=group,
        extra_groups=list(groups), stdout=subprocess.PIPE, timeout=30,
        check=True).stdout.decode()


needs_root = pytest.mark.skipif(
    os.getuid() != 0, reason="needs root to become other users")


@needs_root
def test_a_unix_socket_knows_its_users(start, folder):
    path = str(folder / "s")
    leasehold = start("unix", address=path, socket_mode="0666",
                      allow_uids=[4711, "nobody"])
    assert " 200 " in ask_as(4711, path)
    assert " 200 " in ask_as("nobody", path)
    for _ in range(3):
        answer = ask_as(4712, path)
        assert answer.startswith("HTTP/1.1 403 ")
        assert answer.endswith(
            '{"errors":["this user may not use this socket"]}\n')
    assert get(leasehold) == 403      # root is a user like others
    leasehold.wait_for_log(r"peer_refused .*uid=0\b")   # told a moment later
    lines = [line for line in leasehold.log().splitlines()
             if "listener.peer_refused" in line]
    assert len(lines) == 2
    assert "uid=4712" in lines[0] and "uid=0" in lines[1]


@needs_root
def test_a_unix_socket_knows_groups_and_their_members(start, folder):
    path = str(folder / "s")
    start("unix", address=path, socket_mode="0666", allow_gids=[4800])
    assert " 200 " in ask_as(4711, path, 4800)
    assert " 200 " in ask_as(4711, path, groups=[4799, 4800])
    assert " 403 " in ask_as(4711, path, groups=[4799])


@needs_root
def test_a_refused_user_costs_nothing_more(start, folder):
    path = str(folder / "s")
    leasehold = start("unix", address=path, allow_uids=[4711])
    with httpc.Connection(leasehold.addresses()[0]) as peer:
        assert peer.read_reply().status == 403    # before it says a word
        assert peer.at_end()


@needs_root
def test_a_refused_user_is_told_so_in_tls_too(start, folder):
    cert, key = certs.self_signed(folder, "listener")
    leasehold = start("unix", address=str(folder / "s"), allow_uids=[4711],
                      tls_disable=False, tls_cert_file=str(cert),
                      tls_key_file=str(key))
    with leasehold.connection(context=certs.client_context(cert)) as peer:
        assert peer.read_reply().status == 403


RULES = {
    'rule "deny"': {"paths": ["secret/data/app/root"]},
    'rule "allow"': [
        {"methods": ["GET", "LIST"],
         "paths": ["secret/data/app/*", "team/kv/+"]},
        {"methods": ["PUT"], "paths": ["transit/encrypt/app"]},
        {"paths": ["/leasehold/v1/health"]}],
}


@pytest.fixture
def ruled(start):
    """A daemon with a few rules."""
    return start(**RULES)


@pytest.mark.parametrize("method, target", [
    ("GET", "/v1/secret/data/app/db"), ("LIST", "/v1/secret/data/app"),
    ("GET", "/v1/secret/data/app?list=true"),
    ("GET", "/v1/secret/d%61ta/app/x"), ("GET", "/v1/team/kv/x"),
    ("POST", "/v1/transit/encrypt/app"), ("PUT", "/v1/transit/encrypt/app"),
    ("GET", "/leasehold/v1/health")])
def test_what_a_rule_allows_passes(ruled, method, target):
    assert ruled.client().request(method, target).status in (200, 404)


@pytest.mark.parametrize("method, target", [
    ("GET", "/v1/secret/data/app/root"), ("GET", "/v1/secret/data/app/root/"),
    ("GET", "/v1/secret/data/app/r%6fot"), ("GET", "/v1/secret/data/other"),
    ("PUT", "/v1/secret/data/app/db"), ("DELETE", "/v1/secret/data/app/db"),
    ("GET", "/v1/transit/encrypt/app"), ("GET", "/v1/kv/x"),
    ("GET", "/v1/team/kv/x/y"), ("GET", "/leasehold/v1/status"),
    ("PUT", "/agent/v1/cache-clear"), ("GET", "/nowhere"), ("GET", "/")])
def test_what_no_rule_allows_is_refused(ruled, upstream, method, target):
    reply = ruled.client().request(method, target)
    assert reply.status == 403
    assert "rule" in errors_of(reply)[0]
    assert not upstream.requests()


@pytest.mark.parametrize("target", [
    "/v1/secret/data/app/../other", "/v1/secret/data/app/%2e%2e/other",
    "/v1/secret/data/app%2froot", "/v1/secret/data/app//root",
    "/v1/secret/data/app/%2572oot", "/v1/secret/data/app/..%255c",
    "/v1/secret/data/app/x%00", "//v1/secret/data/app/db",
    "/v1/secret/data/app?list=true&list=false",
    "/v1/secret/data/app?a;list=true"])
def test_what_can_be_read_in_two_ways_is_refused(ruled, upstream, target):
    assert ruled.client().get(target).status == 400
    assert not upstream.requests()


def test_a_namespace_counts_wherever_it_stands(ruled, upstream):
    assert get(ruled, "/v1/kv/x", X_Vault_Namespace="team") == 200
    assert get(ruled, "/v1/kv/x", X_Vault_Namespace="/team/") == 200
    assert get(ruled, "/v1/kv/x", X_Vault_Namespace="other") == 403
    assert get(ruled, "/v1/secret/data/app/db",
               X_Vault_Namespace="team") == 403
    assert get(ruled, "/v1/kv/x", X_Vault_Namespace="x/../team") == 400
    two = [("X-Vault-Namespace", "team"), ("X-Vault-Namespace", "other")]
    assert ruled.client().get("/v1/kv/x", headers=two).status == 400
    assert len(upstream.requests()) == 2


def test_a_refusal_leaves_the_connection_in_step(ruled):
    with ruled.connection() as peer:
        assert peer.request("PUT", "/v1/x", body=b"b" * 4096).status == 403
        assert peer.request("GET", "/v1/secret/data/app/db").status == 200


def test_rules_survive_a_print(binary, ruled):
    def dump(path):
        return subprocess.run(
            [str(binary), "dump", str(path)], check=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={}).stdout
    first = dump(ruled.config_path)
    again = ruled.folder / "again.hcl"
    again.write_text(first)
    assert 'rule "deny" {' in first
    assert dump(again) == first


def test_a_refusal_is_told_in_log_and_metrics(ruled):
    before = ruled.client().get("/leasehold/v1/health").status
    assert before == 200
    assert get(ruled, "/v1/other?token=t") == 403
    line = ruled.wait_for_log(r"proxy\.refused.*$")[0]
    assert "status=403" in line and "token" not in line


def test_a_monitoring_listener_has_the_same_guard(daemons, upstream):
    config = settings.proxy(upstream.address)
    config['listener "tcp"']["role"] = "metrics_only"
    leasehold = daemons.start(config)
    assert get(leasehold, "/leasehold/v1/health") == 200
    assert get(leasehold, "/leasehold/v1/health", Host="evil.test") == 421
    assert get(leasehold, PATH, Origin="null") == 403
