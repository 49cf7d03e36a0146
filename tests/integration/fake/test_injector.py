"""leasehold as the agent image of the Agent Injector, run as its webhook does.

Each test is named after the row of the injector's contract that it holds.
"""

import json
import os
import signal
import stat
import subprocess

import pytest

from support import certs, container, httpc, injector, settings
from support.daemon import clean_environment
from support.fake import Answer, Fake, errors
from support.fake_tokens import secret
from support.waiting import until

pytestmark = pytest.mark.fake

JWT = "header.claims.signature"
LOGIN = "/v1/auth/kubernetes/login"
REVOKE = "/v1/auth/token/revoke-self"
in_a_container = pytest.mark.plain


@pytest.fixture
def containers(roots, folder):
    """Makes containers of the image for injectors."""
    made = container.Containers(roots.get("injector"), folder)
    yield made
    made.stop()


@pytest.fixture
def cluster(upstream, tokens):
    """A server that logs pods in, and has a secret for them."""
    upstream.on_write(LOGIN, tokens.log_in)
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    return upstream


@pytest.fixture
def pod(containers, cluster):
    """Makes the container that the webhook would add to a pod."""
    def make(init=False, env=None, upstream=None, **more):
        told = injector.config(upstream or cluster.address, init, **more)
        made = containers.create(**injector.environment(told, **(env or {})))
        made.lay(injector.SERVICE_ACCOUNT, JWT + "\n")
        return made
    return make


def start(made, argument=injector.GENERATED):
    """Start it, wait for its listener; a client of that."""
    address = made.start_listening(*injector.shell(argument))
    return httpc.Client(address)


def ask(client):
    """Read the secret without a token."""
    return until(lambda: _answer(client), 30, "an answer with our token")


def _answer(client):
    reply = client.get("/v1/kv1/a")
    return reply if reply.status == 200 else None


CACHED = {"listener": injector.listener(),
          "cache": {"use_auto_auth_token": "true"}}


@in_a_container
def test_inj_1_the_argument_of_the_webhook_starts_the_proxy(pod, cluster):
    cluster.on("GET", "/v1/sys/health", Answer(200, {"sealed": False}))
    made = pod(**CACHED)
    client = start(made)
    assert client.get("/v1/sys/health").status == 200
    assert ask(client).json["data"] == {"color": "blue"}
    assert cluster.requests(LOGIN)[0].json == {"role": "app", "jwt": JWT}
    assert made.path("/home/vault/.pid").read_text() == str(made.process.pid)


@in_a_container
def test_inj_1_bao_is_a_name_of_it_as_well(pod):
    argument = injector.GENERATED.replace("vault agent", "bao agent")
    assert ask(start(pod(**CACHED), argument)).status == 200


@in_a_container
def test_inj_1_a_config_map_starts_the_proxy(containers, cluster):
    told = settings.proxy(
        cluster.address, settings.method("kubernetes", {"role": "app"}),
        pid_file="/home/vault/.pid")
    made = containers.create(
        VAULT_ADDR=cluster.address, VAULT_SKIP_VERIFY="false",
        VAULT_LOG_LEVEL="debug", VAULT_LOG_FORMAT="json")
    made.lay("/vault/configs/config.hcl", settings.render(told))
    made.lay(injector.SERVICE_ACCOUNT, JWT)
    made.start(*injector.shell(injector.MOUNTED))
    until(lambda: '"@message":"auth.obtained"' in made.log(), 30, "a login")
    assert '"@level":"debug"' in made.log()
    assert made.path("/home/vault/.vault-token").read_bytes() == b""


@in_a_container
@pytest.mark.parametrize("usage, status", [
    ("true", 200), ("force", 200), ("false", 403), (True, 200)],
    ids=["true", "force", "false", "boolean"])
def test_inj_2_use_auto_auth_token_in_all_its_forms(pod, usage, status):
    made = pod(listener=injector.listener(),
               cache={"use_auto_auth_token": usage})
    client = start(made)
    until(made.path(injector.TOKEN_SINK).exists, 30, "the login")
    assert client.get("/v1/kv1/a").status == status
    foreign = client.get("/v1/kv1/a", headers=[("X-Vault-Token", "no")])
    assert foreign.status == (200 if usage == "force" else 403)


EVERYTHING = {
    "vault": {"tls_skip_verify": True, "tls_server_name": "localhost",
              "ca_cert": "/vault/tls/ca.crt", "ca_path": "/vault/tls",
              "client_cert": "/vault/tls/client.crt",
              "client_key": "/vault/tls/client.key"},
    "template_config": {
        "exit_on_retry_failure": True, "max_connections_per_host": 5,
        "static_secret_render_interval": "30s",
        "lease_renewal_threshold": 0.75},
    "disable_idle_connections": ["auto-auth", "caching", "templating"],
    "disable_keep_alives": ["auto-auth", "caching", "templating"],
    "telemetry": {"prometheus_retention_time": "1h",
                  "disable_hostname": True, "metrics_prefix": "app"},
    "listener": injector.listener(agent_api={"enable_quit": True}),
    "cache": {"use_auto_auth_token": "true"},
}
METHOD = {"namespace": "team", "min_backoff": "2s", "max_backoff": "30s",
          "exit_on_err": True}


@pytest.fixture
def generated(folder):
    """A file with every key that the webhook can generate."""
    certs.self_signed(folder, "client")

    def make(**more):
        told = injector.config("https://localhost:1", **EVERYTHING)
        told["vault"]["address"] = "https://localhost:1"
        told["auto_auth"]["method"].update(METHOD)
        told["auto_auth"]["sink"].append(injector.sink(injector.SECOND_SINK))
        told.update(more)
        path = folder / "config.json"
        path.write_text(json.dumps(told))
        return path
    return make


@pytest.fixture
def vault(binary, folder):
    """Runs the program by a link named vault."""
    (folder / "vault").symlink_to(binary)

    def run(*command, **env):
        return subprocess.run(
            [str(folder / "vault"), *map(str, command)], text=True,
            env={**clean_environment(folder), **env}, capture_output=True,
            timeout=60, check=False)
    return run


def test_inj_2_every_generated_key_is_accepted(generated, vault):
    result = vault("check", generated())
    assert result.returncode == 0, result.stderr
    assert '"template_config" has no effect here' in result.stderr
    assert "unknown" not in result.stderr


def test_inj_2_unknown_keys_are_warned_about(generated, vault, binary):
    path = generated(key_of_next_year={"a": 1}, template=None)
    told = json.loads(path.read_text())
    told["auto_auth"]["method"]["config"]["region"] = "x"
    told["vault"]["speed"] = "high"
    path.write_text(json.dumps(told))
    result = vault("check", path)
    assert result.returncode == 0, result.stderr
    for word in ("key_of_next_year", "region", "speed"):
        assert f'"{word}"' in result.stderr
    assert result.stderr.count("it is ignored") == 3
    own = subprocess.run([str(binary), "check", str(path)], text=True,
                         capture_output=True, timeout=60, check=False)
    assert own.returncode == 1 and "key_of_next_year" in own.stderr


def test_inj_2_the_token_path_is_preset_for_every_method(generated, vault):
    told = json.loads(generated().read_text())
    told["auto_auth"]["method"] = {
        "type": "approle", "config": {
            "token_path": injector.SERVICE_ACCOUNT,
            "role_id_file_path": "/vault/custom/role",
            "secret_id_file_path": "/vault/custom/secret",
            "remove_secret_id_file_after_reading": "false"}}
    result = vault("check", generated(**told))
    assert result.returncode == 0, result.stderr
    assert '"token_path"' in result.stderr


def test_inj_2_a_secret_to_render_names_the_way_out(generated, vault):
    path = generated(template=[{
        "destination": "/vault/secrets/db", "contents": "x",
        "left_delimiter": "{{", "right_delimiter": "}}"}])
    result = vault("agent", f"-config={path}")
    assert result.returncode == 1
    wrong = [line for line in result.stderr.splitlines()
             if "warning" not in line]
    assert len(wrong) == 1 and '"template" is not built yet' in wrong[0]
    assert "agent-inject-secret-*" in wrong[0]
    assert "agent-cache-enable" in wrong[0]


@in_a_container
def test_inj_3_the_init_container_ends_when_all_sinks_are_written(pod):
    made = pod(init=True)
    assert made.start(*injector.shell(injector.GENERATED)).wait() == 0, (
        made.log())
    assert made.path(injector.TOKEN_SINK).read_text().startswith("hvs.")


@in_a_container
def test_inj_3_a_failed_login_under_exit_on_err_ends_it_with_1(pod, cluster):
    cluster.on_write(LOGIN, errors(403, "not this pod"))
    method = injector.config("")["auto_auth"]["method"]
    made = pod(init=True, auto_auth={
        "method": {**method, "exit_on_err": True},
        "sink": [injector.sink(injector.TOKEN_SINK)]})
    assert made.start(*injector.shell(injector.GENERATED)).wait() == 1
    assert "not this pod" in made.log()
    assert not made.path(injector.TOKEN_SINK).exists()


@in_a_container
def test_inj_4_sinks_have_their_mode_and_no_line_end(pod, tokens):
    method = injector.config("")["auto_auth"]["method"]
    open_to_all = injector.sink("/vault/secrets/open")
    open_to_all["config"]["mode"] = 0o644
    made = pod(init=True, auto_auth={"method": method, "sink": [
        injector.sink(injector.TOKEN_SINK),
        injector.sink(injector.SECOND_SINK), open_to_all]})
    assert made.start(*injector.shell(injector.GENERATED)).wait() == 0, (
        made.log())
    for path, mode in ((injector.TOKEN_SINK, 0o640),
                       (injector.SECOND_SINK, 0o640),
                       ("/vault/secrets/open", 0o644)):
        found = made.path(path)
        assert tokens.find(found.read_text()) is not None
        facts = found.stat()
        assert stat.S_IMODE(facts.st_mode) == mode
        assert (facts.st_uid, facts.st_gid) == (100, 1000)


@pytest.fixture
def owned(upstream, tokens, folder):
    """A token in the home of the user, which the server can revoke."""
    token = tokens.issue().text
    (folder / ".vault-token").write_text(token + "\n")

    def revoke(request):
        if tokens.find(request.token) is None:
            return errors(403, "permission denied")
        with tokens.lock:
            del tokens.tokens[request.token]
        return Answer(204)
    upstream.on_write(REVOKE, revoke)
    return token


def test_inj_5_the_token_of_the_home_is_revoked(vault, upstream, owned):
    result = vault("token", "revoke", f"-address={upstream.address}", "-self")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "Success! Revoked token (if it existed)\n"
    heard = upstream.requests(REVOKE)
    assert [(r.method, r.token) for r in heard] == [("PUT", owned)]


def test_inj_5_a_token_of_the_environment_comes_first(
        vault, upstream, owned, tokens):
    other = tokens.issue().text
    result = vault("token", "revoke", "-self", VAULT_ADDR=upstream.address,
                   VAULT_TOKEN=other, VAULT_NAMESPACE="team")
    assert result.returncode == 0, result.stderr
    heard = upstream.requests(REVOKE)
    assert heard[0].token == other
    assert heard[0].headers["x-vault-namespace"].rstrip("/") == "team"
    assert tokens.find(owned) is not None


def test_inj_5_the_certificates_of_the_hook_are_used(vault, owned, folder):
    cert, key = certs.self_signed(folder, "server")
    server = Fake(certs.server_context(cert, key))
    server.on_write(REVOKE, Answer(204))
    try:
        told = ("token", "revoke", f"-address={server.address}", "-self")
        result = vault(*told)
        assert result.returncode == 2 and "certificate" in result.stderr
        result = vault(*told, f"-ca-cert={cert}", f"-client-cert={cert}",
                       f"-client-key={key}")
        assert result.returncode == 0, result.stderr
        assert server.requests(REVOKE)[0].token == owned
    finally:
        server.stop()


def test_inj_5_what_goes_wrong_is_told_and_no_token_with_it(
        vault, upstream, owned):
    upstream.on_write(REVOKE, errors(403, "permission denied"))
    told = ("token", "revoke", f"-address={upstream.address}")
    result = vault(*told, "-self")
    assert result.returncode == 2
    assert "Error revoking token" in result.stderr
    assert "permission denied" in result.stderr and owned not in result.stderr
    assert vault(*told).returncode == 1
    assert vault(*told, "-self", "a-token").returncode == 1
    assert vault("token", "lookup").returncode == 1
    nowhere = vault(*told, "-self", HOME="/nowhere")
    assert nowhere.returncode == 2 and "/nowhere" in nowhere.stderr
    assert len(upstream.requests(REVOKE)) == 1


def test_inj_5_a_server_that_fails_is_asked_again(vault, upstream, owned):
    upstream.on_write(REVOKE, errors(503, "sealed"), Answer(204))
    result = vault("token", "revoke", f"-address={upstream.address}", "-self")
    assert result.returncode == 0, result.stderr
    assert [r.token for r in upstream.requests(REVOKE)] == [owned, owned]


@in_a_container
def test_inj_5_the_hook_of_the_webhook_works_as_it_is_written(
        pod, cluster, owned):
    made = pod()
    made.path(injector.TOKEN_SINK).write_text(owned)
    os.chown(made.path(injector.TOKEN_SINK), 100, 1000)
    # It is written with a sleep, which must be there; it need not last.
    result = made.run("/bin/sh", "-c", "/bin/sleep 0 && /bin/vault token "
                      f"revoke -address={cluster.address} -self")
    assert result.returncode == 0, result.stderr
    assert cluster.requests(REVOKE)[0].token == owned


@in_a_container
def test_inj_6_it_runs_read_only_without_any_capability(pod):
    made = pod(**CACHED)
    assert ask(start(made)).status == 200
    with open(f"/proc/{made.process.pid}/status", encoding="ascii") as file:
        facts = dict(line.split(":", 1) for line in file)
    assert facts["Uid"].split() == ["100"] * 4
    assert facts["Gid"].split() == ["1000"] * 4
    assert facts["NoNewPrivs"].strip() == "1"
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(facts[name], 16) == 0
    result = made.run("/bin/sh", "-c", "touch /etc/leasehold/x")
    assert "Read-only file system" in result.stderr
    assert "Read-only" not in made.log()


@in_a_container
def test_inj_6_the_environment_of_the_webhook_is_obeyed(pod, folder):
    cert, key = certs.self_signed(folder, "server")
    server = Fake(certs.server_context(cert, key))
    server.on_write(LOGIN, Answer(200, secret(auth={
        "client_token": "hvs.tls", "accessor": "a", "renewable": True,
        "lease_duration": 3600, "policies": ["app"]})))
    try:
        made = pod(init=True, upstream=server.address, env={
            "GOMAXPROCS": "1", "VAULT_CLIENT_TIMEOUT": "9",
            "VAULT_MAX_RETRIES": "4", "VAULT_SKIP_VERIFY": "false",
            "VAULT_LOG_LEVEL": "debug", "VAULT_LOG_FORMAT": "json",
            "HTTPS_PROXY": "http://127.0.0.1:1",
            "VAULT_CACERT_BYTES": cert.read_text()})
        made.start(*injector.shell(injector.GENERATED))
        assert made.wait() == 0, made.log()
        logged = [json.loads(line) for line in made.log().splitlines()
                  if line.startswith("{")]
        assert any(line.get("@level") == "debug" for line in logged)
    finally:
        server.stop()


@in_a_container
def test_signals_of_the_kubelet_and_of_people_are_obeyed(pod):
    made = pod(**CACHED)
    assert ask(start(made)).status == 200
    made.process.send_signal(signal.SIGHUP)
    until(lambda: "reload" in made.log(), 30, "the reload")
    made.process.send_signal(signal.SIGTERM)
    assert made.wait() == 0, made.log()
    assert not made.path("/home/vault/.pid").exists()
    interrupted = pod(**CACHED)
    start(interrupted)
    interrupted.process.send_signal(signal.SIGINT)
    assert interrupted.wait() == 0, interrupted.log()


@in_a_container
def test_a_job_that_ends_takes_its_sidecar_along(pod):
    made = pod(listener=injector.listener(agent_api={"enable_quit": True}),
               cache={"use_auto_auth_token": "true"})
    client = start(made)
    assert client.post("/agent/v1/quit").status in (200, 204)
    assert made.wait() == 0, made.log()
