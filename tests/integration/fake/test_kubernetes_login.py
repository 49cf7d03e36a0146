"""The init container: one login, two files, or one line of what is wrong."""

import itertools
import subprocess

import pytest

from support import certs, settings
from support.daemon import clean_environment
from support.fake import Answer, Fake, errors
from support.fake_tokens import secret

pytestmark = pytest.mark.fake

LOGIN = "/v1/auth/kubernetes/login"
JWT = "header.claims-of-the-pod.signature"
TOKEN = "hvs.token-of-the-pod"
AUTH = {"client_token": TOKEN, "accessor": "accessor-of-the-pod",
        "renewable": True, "lease_duration": 3600, "policies": ["app"]}


class Pod:
    """An environment, and what came of a run in it."""

    def __init__(self, binary, folder, address):
        self.binary = binary
        self.folder = folder
        self.token = folder / "out" / ".vault-token"
        self.accessor = folder / "out" / ".vault-accessor"
        self.jwt = folder / "jwt"
        self.token.parent.mkdir()
        self.jwt.write_text(f" {JWT}\n")
        self.env = {
            "VAULT_ADDR": address, "VAULT_ROLE": "app",
            "SERVICE_ACCOUNT_PATH": str(self.jwt),
            "TOKEN_DEST_PATH": str(self.token),
            "ACCESSOR_DEST_PATH": str(self.accessor)}

    def run(self, *flags, **env):
        """Run it; a variable of None is not set."""
        given = {**clean_environment(self.folder), **self.env, **env}
        return subprocess.run(
            [str(self.binary), "kubernetes-login", *flags], text=True,
            env={key: value for key, value in given.items()
                 if value is not None},
            capture_output=True, timeout=60, check=False)

    def fails(self, *words, **env):
        """It ends with 1, says why, and leaves no file."""
        result = self.run(**env)
        assert result.returncode == 1, result
        for word in words:
            assert word in result.stderr
        assert JWT not in result.stderr and TOKEN not in result.stderr
        assert "status 0" not in result.stderr
        left = [path.name for path in self.token.parent.glob("*")
                if not path.is_dir()]
        assert not left

    def succeeds(self, *flags, **env):
        """It ends with 0 and both files are whole."""
        result = self.run(*flags, **env)
        assert result.returncode == 0, result
        assert self.token.read_text() == TOKEN
        assert self.accessor.read_text() == "accessor-of-the-pod"
        assert self.token.stat().st_mode & 0o7777 == 0o600
        assert self.accessor.stat().st_mode & 0o7777 == 0o644
        return result


@pytest.fixture
def pod(binary, folder, upstream):
    """A pod whose login works."""
    upstream.on_write(LOGIN, Answer(200, secret(auth=AUTH)))
    return Pod(binary, folder, upstream.address)


def test_token_and_accessor_are_written(pod, upstream):
    pod.succeeds(VAULT_NAMESPACE="team")
    heard = upstream.requests(LOGIN)
    assert [request.method for request in heard] == ["POST"]
    assert heard[0].json == {"role": "app", "jwt": JWT}
    assert heard[0].headers["content-type"].startswith("application/json")
    assert heard[0].headers["x-vault-namespace"].rstrip("/") == "team"


def test_another_mount_is_asked(pod, upstream):
    upstream.on_write("/v1/auth/k8s/prod/login",
                      Answer(200, secret(auth=AUTH)))
    pod.succeeds(VAULT_K8S_MOUNT_PATH="k8s/prod")
    assert not upstream.requests(LOGIN)


def test_a_role_of_any_letters_arrives(pod, upstream):
    role = 'a "b" \\ \u00e4\u20ac'
    pod.succeeds(VAULT_ROLE=role)
    assert upstream.requests(LOGIN)[0].json["role"] == role


def test_a_role_must_be_given(pod, upstream):
    pod.fails("VAULT_ROLE", VAULT_ROLE=None)
    pod.fails("VAULT_ROLE", VAULT_ROLE="")
    assert not upstream.requests()


def test_what_is_wrong_is_named(pod, folder):
    missing = str(folder / "missing")
    pod.fails(missing, SERVICE_ACCOUNT_PATH=missing)
    pod.fails("VAULT_SKIP_VERIFY", VAULT_SKIP_VERIFY="perhaps")
    https = {"VAULT_ADDR": "https://127.0.0.1:1"}
    pod.fails("CA certificates", VAULT_CAPEM="no certificate", **https)
    pod.fails(missing, VAULT_CACERT=missing, **https)
    pod.fails(missing, VAULT_CAPATH=missing, **https)
    pod.fails(missing, TOKEN_DEST_PATH=missing + "/token")
    pod.fails(missing, ACCESSOR_DEST_PATH=missing + "/accessor")


@pytest.mark.parametrize("answer", [
    Answer(200, secret(data={"a": "b"})),
    Answer(200, secret(auth={**AUTH, "client_token": ""})),
    Answer(200, b'{"auth": {"client_token": "hvs.tok'),
    Answer(200, b"{}"),
    Answer(204),
    Answer(201, secret(auth=AUTH)),
], ids=["no-auth", "empty-token", "cut", "empty", "204", "201"])
def test_an_answer_without_a_token_leaves_no_file(pod, upstream, answer):
    upstream.on_write(LOGIN, answer)
    pod.fails("login")


def test_a_refusal_is_quoted(pod, upstream):
    upstream.on_write(LOGIN, errors(403, "role is not for this pod"))
    pod.fails("403", "role is not for this pod")
    assert len(upstream.requests(LOGIN)) == 1


def test_a_redirect_is_followed_with_body_and_namespace(pod, upstream):
    leader = Fake()
    try:
        leader.on_write(LOGIN, Answer(200, secret(auth=AUTH)))
        upstream.on_write(LOGIN, Answer(307, headers=(
            ("Location", leader.address + LOGIN),)))
        pod.succeeds(VAULT_NAMESPACE="team")
        heard = leader.requests(LOGIN)
        assert heard[0].json == {"role": "app", "jwt": JWT}
        assert heard[0].headers["x-vault-namespace"].rstrip("/") == "team"
    finally:
        leader.stop()


def test_a_ring_of_redirects_ends(pod, upstream):
    upstream.on_write(LOGIN, Answer(307, headers=(
        ("Location", upstream.address + LOGIN),)))
    pod.fails("307")
    assert len(upstream.requests(LOGIN)) < 10


@pytest.fixture
def tls(folder):
    """A TLS server with a login, and its certificate."""
    cert, key = certs.self_signed(folder, "server")
    server = Fake(certs.server_context(cert, key))
    server.on_write(LOGIN, Answer(200, secret(auth=AUTH)))
    yield server, cert
    server.stop()


def test_the_first_authority_that_is_set_counts(pod, tls, folder):
    server, cert = tls
    other, _ = certs.self_signed(folder, "other")
    authorities = folder / "authorities"
    (authorities / "deeper").mkdir(parents=True)
    (authorities / "README").write_text("no certificate\n")
    (authorities / "deeper" / "ca.pem").write_bytes(cert.read_bytes())
    address = {"VAULT_ADDR": server.address}
    pod.fails("certificate", **address)
    pod.fails("certificate", VAULT_CACERT=str(other),
              VAULT_CAPATH=str(authorities), **address)
    pod.fails("certificate", VAULT_CAPEM=other.read_text(),
              VAULT_CACERT=str(cert), **address)
    for authority in ({"VAULT_CAPATH": str(authorities)},
                      {"VAULT_CACERT": str(cert)},
                      {"VAULT_CAPEM": cert.read_text()},
                      {"VAULT_SKIP_VERIFY": "T"}):
        pod.succeeds(**authority, **address)
        pod.token.unlink()
        pod.accessor.unlink()
    (authorities / "deeper" / "bad.pem").write_text("-----BEGIN nothing\n")
    pod.fails("no certificate", VAULT_CAPATH=str(authorities), **address)


def test_another_name_of_the_server_is_checked(pod, tls):
    server, cert = tls
    address = {"VAULT_ADDR": server.address, "VAULT_CACERT": str(cert)}
    pod.fails(VAULT_TLS_SERVER_NAME="vault.example", **address)
    pod.succeeds(VAULT_TLS_SERVER_NAME="localhost", **address)


def test_it_tries_again_when_asked_to_and_reads_the_file_anew(
        pod, upstream):
    numbers = itertools.count(1)

    def refuse_once(request):
        if next(numbers) == 1:
            pod.jwt.write_text("another.jwt.here")
            return errors(503, "sealed")
        assert request.json["jwt"] == "another.jwt.here"
        return Answer(200, secret(auth=AUTH))
    upstream.on_write(LOGIN, refuse_once)
    result = pod.succeeds("-retry-for=30s")
    assert result.stderr.count("\n") == 1


def test_tries_are_bounded_in_time(pod, upstream):
    upstream.on_write(LOGIN, errors(503, "sealed"))
    result = pod.run("-retry-for=3s")
    assert result.returncode == 1
    assert 1 < len(upstream.requests(LOGIN)) <= 4


def test_the_token_serves_the_next_container(pod, upstream, tokens, daemons):
    upstream.on_write(LOGIN, tokens.log_in)
    assert pod.run().returncode == 0
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    leasehold = daemons.start(settings.proxy(upstream.address, {
        'method "token_file"': {"config": {
            "token_file_path": str(pod.token)}}})).wait_ready()
    assert leasehold.client().get("/v1/kv1/a").status == 200
