"""Listeners: unix sockets, TLS, the request header, sizes and numbers."""

import os
import stat

import pytest

from support import certs
from support.fake import Answer, Fake

pytestmark = pytest.mark.fake


def test_a_unix_socket_gets_its_mode(daemons, config, folder):
    path = str(folder / "leasehold.sock")
    del config['listener "tcp"']
    config['listener "unix"'] = {
        "address": path, "tls_disable": True, "socket_mode": "0600"}
    leasehold = daemons.start(config).wait_ready()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert leasehold.client().get("/v1/kv1/a").status == 200


def test_a_tls_listener_is_verified_by_its_client(daemons, config, folder):
    cert, key = certs.self_signed(folder, "listener")
    config['listener "tcp"'] = {
        "address": "127.0.0.1:0",
        "tls_cert_file": str(cert), "tls_key_file": str(key)}
    leasehold = daemons.start(config)
    client = leasehold.client(context=certs.client_context(cert))
    assert client.get("/v1/kv1/a").json["data"] == {"color": "blue"}


@pytest.mark.parametrize("value, status", [
    (None, 412), ("false", 412), ("TRUE", 412), ("true", 200)])
def test_the_request_header_is_demanded(daemons, config, value, status):
    config['listener "tcp"']["require_request_header"] = True
    leasehold = daemons.start(config)
    headers = [("X-Vault-Request", value)] if value else []
    reply = leasehold.client().get("/v1/kv1/a", headers=headers)
    assert reply.status == status


def test_an_upstream_with_tls_is_verified(daemons, config, folder):
    cert, key = certs.self_signed(folder, "upstream")
    server = Fake(certs.server_context(cert, key))
    server.on("GET", "/v1/open", Answer(200, {"data": {"open": True}}))
    try:
        config = {"vault": {"address": server.address, "ca_cert": str(cert),
                            "retry": {"num_retries": -1}},
                  'listener "tcp"': config['listener "tcp"']}
        trusting = daemons.start(config).client()
        assert trusting.get("/v1/open").status == 200
        del config["vault"]["ca_cert"]
        wary = daemons.start(config).client()
        assert wary.get("/v1/open").status in (502, 503)
        config["vault"]["tls_skip_verify"] = True
        careless = daemons.start(config).client()
        assert careless.get("/v1/open").status == 200
    finally:
        server.stop()
