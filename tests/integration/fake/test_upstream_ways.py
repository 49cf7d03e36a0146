"""Ways to the upstream: environment, redirects, retries, certificates."""

import socket
import threading

import pytest

from support import certs, settings
from support.fake import Answer, Fake, errors

pytestmark = pytest.mark.fake

OK = Answer(200, {"data": {"open": True}})
LISTENER = {"address": "127.0.0.1:0", "tls_disable": True}


def plain(address=None, **vault):
    """A configuration without login; vault holds further keys of its block."""
    config = {'listener "tcp"': dict(LISTENER), "cache": {}}
    if address:
        vault["address"] = address
    if vault:
        config["vault"] = vault
    return config


@pytest.fixture
def leader():
    """A second scripted server."""
    server = Fake()
    yield server
    server.stop()


def test_the_environment_names_the_server(daemons, upstream):
    upstream.on("GET", "/v1/open", OK)
    env = {"VAULT_ADDR": upstream.address, "VAULT_TOKEN": "never-read"}
    client = daemons.start(plain(), env=env).client()
    assert client.get("/v1/open").status == 200
    assert upstream.requests("/v1/open")[0].token is None


def test_bao_variables_are_preferred(daemons, upstream):
    upstream.on("GET", "/v1/open", OK)
    env = {"VAULT_ADDR": "http://127.0.0.1:1",
           "BAO_ADDR": upstream.address}
    client = daemons.start(plain(), env=env).client()
    assert client.get("/v1/open").status == 200


def test_a_flag_beats_the_environment(daemons, upstream):
    upstream.on("GET", "/v1/open", OK)
    client = daemons.start(
        plain(), env={"VAULT_ADDR": "http://127.0.0.1:1"},
        args=[f"-address={upstream.address}"]).client()
    assert client.get("/v1/open").status == 200


def test_several_configurations_are_merged(daemons, upstream, folder):
    upstream.on("GET", "/v1/open", OK)
    more = folder / "conf.d"
    more.mkdir()
    (more / "10-first.hcl").write_text(
        'vault { address = "http://127.0.0.1:1" }')
    (more / "20-second.json").write_text(
        '{"vault": {"address": "%s"}}' % upstream.address)
    (more / "30-not-read.txt").write_text("nonsense {")
    client = daemons.start(plain(), args=["-config", str(more)]).client()
    assert client.get("/v1/open").status == 200


def test_a_path_prefix_of_the_server_is_kept(daemons, upstream):
    upstream.on("GET", "/vault/v1/open", OK)
    client = daemons.start(plain(upstream.address + "/vault")).client()
    assert client.get("/v1/open").status == 200


def test_a_server_on_a_unix_socket_is_reached(daemons, folder):
    path = str(folder / "vault.sock")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    heard = []

    def serve():
        sock, _ = listener.accept()
        with sock:
            heard.append(sock.recv(4096))
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                         b"Content-Type: application/json\r\n\r\n{}")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    client = daemons.start(plain("unix://" + path)).client()
    assert client.get("/v1/open").status == 200
    thread.join(30)
    listener.close()
    assert heard[0].startswith(b"GET /v1/open HTTP/1.1\r\nHost: localhost")


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_standby_leads_to_its_leader(daemons, upstream, leader, status):
    upstream.on_write("/v1/kv/a", Answer(status, headers=(
        ("Location", f"{leader.address}/v1/kv/a?x=1"),)))
    leader.on_write("/v1/kv/a", Answer(204))
    client = daemons.start(plain(upstream.address)).client(token="mine")
    assert client.put("/v1/kv/a?x=1", {"a": 1}).status == 204
    heard = leader.requests("/v1/kv/a")
    assert len(heard) == 1
    assert heard[0].method == "PUT"
    assert heard[0].token == "mine"
    assert heard[0].json == {"a": 1}


def test_a_redirect_to_another_path_is_the_callers(daemons, upstream, leader):
    upstream.on("GET", "/v1/a", Answer(307, headers=(
        ("Location", f"{leader.address}/v1/b"),)))
    client = daemons.start(plain(upstream.address)).client(token="mine")
    assert client.get("/v1/a").status == 307
    assert leader.requests() == []


def test_a_second_redirect_is_the_callers(daemons, upstream, leader):
    upstream.on("GET", "/v1/a", Answer(307, headers=(
        ("Location", f"{leader.address}/v1/a"),)))
    leader.on("GET", "/v1/a", Answer(307, headers=(
        ("Location", f"{upstream.address}/v1/a"),)))
    client = daemons.start(plain(upstream.address)).client()
    assert client.get("/v1/a").status == 307
    assert len(upstream.requests("/v1/a")) == 1
    assert len(leader.requests("/v1/a")) == 1


def test_a_redirect_out_of_tls_is_the_callers(daemons, leader, folder):
    cert, key = certs.self_signed(folder, "upstream")
    server = Fake(certs.server_context(cert, key))
    server.on("GET", "/v1/a", Answer(307, headers=(
        ("Location", f"{leader.address}/v1/a"),)))
    try:
        client = daemons.start(plain(
            server.address, ca_cert=str(cert))).client(token="mine")
        assert client.get("/v1/a").status == 307
        assert leader.requests() == []
    finally:
        server.stop()


def test_a_failing_read_is_tried_again(daemons, upstream):
    upstream.on("GET", "/v1/a", errors(500, "one"), errors(502, "two"), OK)
    client = daemons.start(plain(
        upstream.address, retry={"num_retries": 2})).client()
    assert client.get("/v1/a").status == 200
    assert len(upstream.requests("/v1/a")) == 3


def test_the_last_answer_is_passed_on(daemons, upstream):
    upstream.on("GET", "/v1/a", errors(500, "one"), errors(502, "two"))
    client = daemons.start(plain(
        upstream.address, retry={"num_retries": 1})).client()
    reply = client.get("/v1/a")
    assert (reply.status, reply.json["errors"]) == (502, ["two"])


@pytest.mark.parametrize("status, tries", [
    (500, 1), (502, 1), (501, 1), (412, 2), (429, 2), (503, 2)])
def test_a_write_is_repeated_only_where_it_was_not_done(
        daemons, upstream, status, tries):
    upstream.on_write("/v1/a", errors(status, "no"))
    client = daemons.start(plain(
        upstream.address, retry={"num_retries": 1})).client()
    assert client.post("/v1/a", {}).status == status
    assert len(upstream.requests("/v1/a")) == tries


def test_health_is_never_tried_again(daemons, upstream):
    upstream.on("GET", "/v1/sys/health", Answer(429, {"standby": True}))
    client = daemons.start(plain(
        upstream.address, retry={"num_retries": 5})).client()
    assert client.get("/v1/sys/health").status == 429
    assert len(upstream.requests("/v1/sys/health")) == 1


def test_minus_one_means_no_retry(daemons, upstream):
    upstream.on("GET", "/v1/a", errors(500, "one"))
    client = daemons.start(plain(
        upstream.address, retry={"num_retries": -1})).client()
    assert client.get("/v1/a").status == 500
    assert len(upstream.requests("/v1/a")) == 1


def test_a_slow_server_is_given_up_in_time(daemons, upstream):
    upstream.on("GET", "/v1/a", Answer(200, {}, delay=30))
    client = daemons.start(
        plain(upstream.address), env={"VAULT_CLIENT_TIMEOUT": "1"}).client()
    reply = client.get("/v1/a")
    assert reply.status == 504
    assert reply.json["errors"][0].startswith("failed to get the response")


def test_a_client_certificate_is_shown(daemons, folder):
    cert, key = certs.self_signed(folder, "upstream")
    mine, my_key = certs.self_signed(folder, "mine")
    context = certs.server_context(cert, key)
    context.load_verify_locations(str(mine))
    context.verify_mode = certs.ssl.CERT_REQUIRED
    server = Fake(context)
    server.on("GET", "/v1/open", OK)
    try:
        config = plain(server.address, ca_cert=str(cert),
                       retry={"num_retries": -1})
        assert daemons.start(config).client().get("/v1/open").status == 502
        config["vault"].update(
            client_cert=str(mine), client_key=str(my_key))
        assert daemons.start(config).client().get("/v1/open").status == 200
    finally:
        server.stop()


@pytest.mark.parametrize("name, status", [
    (None, 200), ("localhost", 200), ("other.example", 502)])
def test_the_server_name_is_checked(daemons, folder, name, status):
    cert, key = certs.self_signed(folder, "upstream")
    server = Fake(certs.server_context(cert, key))
    server.on("GET", "/v1/open", OK)
    try:
        config = plain(server.address, ca_cert=str(cert),
                       retry={"num_retries": -1})
        if name:
            config["vault"]["tls_server_name"] = name
        client = daemons.start(config).client()
        assert client.get("/v1/open").status == status
    finally:
        server.stop()


def test_headers_of_vault_pass_both_ways(daemons, upstream, tokens,
                                         approle_files):
    upstream.on("GET", "/v1/a", Answer(200, {"data": {}}, headers=(
        ("X-Vault-Index", "idx"), ("Connection", "X-Private"),
        ("X-Private", "1"))))
    leasehold = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files))).wait_ready()
    reply = leasehold.client().get("/v1/a", headers=[
        ("X-Vault-Namespace", "team"), ("X-Vault-Wrap-TTL", "60s"),
        ("X-Vault-Inconsistent", "forward-active-node"),
        ("Accept-Encoding", "gzip"), ("User-Agent", "app/1")])
    assert reply.headers["X-Vault-Index"] == "idx"
    assert reply.headers["X-Cache"] == "MISS"
    assert "X-Private" not in reply.headers
    heard = upstream.requests("/v1/a")[0].headers
    assert heard["x-vault-namespace"] == "team"
    assert heard["x-vault-wrap-ttl"] == "60s"
    assert heard["x-vault-inconsistent"] == "forward-active-node"
    assert "accept-encoding" not in heard
    assert heard["user-agent"].endswith("; app/1")
