"""Vault behind a forward proxy that the environment names."""

import pytest

from support import certs, settings
from support.fake import Fake
from support.fake_tokens import Tokens
from support.forward import ForwardProxy

pytestmark = pytest.mark.fake

NAME = "vault.test"     # which nobody but the proxy knows


@pytest.fixture
def server(folder):
    """A server with TLS, and its certificate."""
    cert, key = certs.self_signed(folder, "server")
    fake = Fake(certs.server_context(cert, key))
    Tokens(fake).kv("/v1/kv1/a", {"color": "blue"})
    fake.certificate = cert
    yield fake
    fake.stop()


@pytest.fixture
def behind(daemons, server, approle_files):
    """Starts a daemon whose server is reached by the proxy alone."""
    def start(**env):
        told = settings.proxy(f"https://{NAME}:{server.port}",
                              settings.approle(*approle_files))
        told["vault"].update(ca_cert=str(server.certificate),
                             tls_server_name="localhost",
                             retry={"num_retries": -1})
        told["api_proxy"]["token_wait"] = "1s"
        return daemons.start(told, env=env)
    return start


@pytest.fixture
def forward(server):
    """Makes forward proxies."""
    made = []

    def make(port=server.port):
        made.append(ForwardProxy(port))
        return made[-1]
    yield make
    for each in made:
        each.stop()


@pytest.mark.parametrize("form", ["http://{}", "{}"])
def test_the_proxy_is_asked_for_the_server_and_sees_no_token(
        behind, forward, server, form):
    proxy = forward()
    leasehold = behind(HTTPS_PROXY=form.format(proxy.address)).wait_ready()
    assert leasehold.client().get("/v1/kv1/a").status == 200
    heads = proxy.heard()
    assert heads and all(head.startswith(
        f"CONNECT {NAME}:{server.port} HTTP/1.1\r\n") for head in heads)
    assert not any("x-vault" in head.lower() for head in heads)


def test_credentials_are_for_the_proxy_and_for_no_log(behind, forward):
    proxy = forward()
    leasehold = behind(
        HTTPS_PROXY=f"http://me:pass-of-me@{proxy.address}").wait_ready()
    assert "Proxy-Authorization: Basic bWU6cGFzcy1vZi1tZQ==" in (
        proxy.heard()[0])
    assert "pass-of-me" not in leasehold.log()


@pytest.mark.parametrize("exempt", [".test", "vault.test", "*"])
def test_an_exempt_server_is_not_asked_for(behind, forward, exempt):
    proxy = forward()
    leasehold = behind(HTTPS_PROXY=f"http://{proxy.address}", NO_PROXY=exempt)
    leasehold.wait_for_log(r"auth\.unreachable|auth\.failed", 60)
    assert not proxy.heard()


def test_a_proxy_that_refuses_is_told_of(behind, forward, server):
    proxy = forward(None)
    leasehold = behind(HTTPS_PROXY=f"http://{proxy.address}")
    leasehold.wait_for_log(r"auth\.\w+ .*403", 30)
    assert proxy.heard() and not server.requests()
