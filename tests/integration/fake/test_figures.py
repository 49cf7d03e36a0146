"""Every figure of metrics and status moves when what it counts happens."""

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import time

import pytest

from support import certs, figures, settings
from support.fake import Answer, Barrier, errors
from support.fake_tokens import secret
from support.figures import Change
from support.waiting import until

pytestmark = pytest.mark.fake

LEASE = "/v1/database/creds/app"


def test_answers_are_counted_by_code_and_source(leasehold, upstream):
    upstream.on("GET", "/v1/missing", errors(404))
    upstream.on("GET", "/v1/moved", Answer(304))
    upstream.on("GET", "/v1/broken", errors(501, "broken"))
    change = Change(leasehold)
    leasehold.get(LEASE)
    leasehold.get(LEASE)
    leasehold.get("/v1/moved", 304)
    leasehold.get("/v1/missing", 404)
    leasehold.get("/v1/broken", 501)
    assert change.of("answers_total", code="2xx", cache="miss") == 1
    assert change.of("answers_total", code="2xx", cache="hit") == 1
    passed = {code: change.of("answers_total", code=code, cache="pass")
              + change.of("answers_total", code=code, cache="miss")
              for code in ("3xx", "4xx", "5xx")}
    assert passed == {"3xx": 1, "4xx": 1, "5xx": 1}
    assert change.of("cache_hit_total") == 1
    assert change.of("cache_miss_total") == 4
    assert change.of("cache_entered_total") == 1
    assert change.of("requests_total") >= 5
    assert change.of("upstream_calls_total") >= 4
    status = leasehold.status()["cache"]
    assert (status["hits"], status["entries"]) == (1, 1)


def test_what_is_never_kept_is_passed(leasehold, upstream):
    upstream.on("GET", "/v1/sys/mounts", Answer(200, {"data": {}}))
    change = Change(leasehold)
    leasehold.get("/v1/sys/mounts")
    assert change.of("answers_total", code="2xx", cache="pass") == 1


def test_joined_answers_have_a_source_of_their_own(leasehold, upstream):
    barrier = Barrier()
    upstream.on("GET", LEASE, Answer(200, secret(
        lease_id="database/creds/app/1", lease_duration=3600,
        renewable=True), barrier=barrier))
    change = Change(leasehold)
    peers = [leasehold.connection() for _ in range(2)]
    for peer in peers:
        peer.send(f"GET {LEASE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        until(lambda: change.of("connections") >= 1, 30, "a connection")
    barrier.wait_for()
    until(lambda: change.of("cache_joined_total") == 1, 30, "a join")
    assert leasehold.status()["cache"]["flights"] == 1
    assert leasehold.status()["cache"]["waiters"] == 1
    barrier.release()
    for peer in peers:
        assert peer.read_reply().status == 200
        peer.close()
    assert change.of("answers_total", code="2xx", cache="joined") == 1


def test_what_we_refuse_comes_from_nobody(leasehold, upstream):
    change = Change(leasehold)
    with leasehold.connection() as peer:
        peer.send(b"GET /v1/a HTTP/1.1\r\nHost : a\r\n\r\n")
        assert peer.read_reply().status == 400
    assert change.of("requests_refused_total") == 1
    long = [("X-Vault-Namespace", "n" * 2000)]
    assert leasehold.client().get("/v1/a", headers=long).status == 400
    assert change.of("answers_total", code="4xx", cache="none") == 1


def test_an_upstream_that_is_away_is_counted(
        daemons, upstream, tokens, approle_files):
    daemon = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files), cache={},
        vault={"address": upstream.address,
               "retry": {"num_retries": 1}})).wait_ready()
    upstream.close_port()
    change = Change(daemon)
    daemon.get("/v1/kv1/a", 502)
    assert change.of("answers_total", code="5xx", cache="none") == 1
    assert change.of("upstream_errors_total") == 2
    assert change.of("upstream_retries_total") == 1
    seen = daemon.status()["upstream"]
    assert not seen["reachable"] and seen["last_error"]
    upstream.open_port()


def test_times_fall_into_buckets(leasehold, upstream):
    upstream.on("GET", "/v1/slow", Answer(200, {"data": {}}, delay=0.06))
    change = Change(leasehold)
    began = time.monotonic()
    leasehold.get("/v1/slow")
    leasehold.get(LEASE)
    leasehold.get(LEASE)
    assert change.of("hit_seconds_count") == 1
    assert change.of("hit_seconds_bucket", le="+Inf") == 1
    assert 0 < change.of("hit_seconds_sum") < time.monotonic() - began
    assert change.of("miss_seconds_count") == 2
    assert change.of("miss_seconds_bucket", le="0.05") <= 1
    assert change.of("miss_seconds_sum") >= 0.06
    assert change.of("upstream_seconds_count") >= 2
    assert change.of("upstream_seconds_sum") >= 0.06


def test_leases_are_counted_by_state_and_evictions_by_cause(leasehold):
    change = Change(leasehold)
    lease = leasehold.get(LEASE).json["lease_id"]
    assert change.of("leases", state="scheduled") == 1
    assert change.of("cache_entries") == 1
    assert change.of("cache_bytes") > 0
    assert change.of("background_waiting") == 1
    assert leasehold.status()["cache"]["leases"]["scheduled"] == 1
    leasehold.client().put("/v1/sys/leases/revoke", {"lease_id": lease})
    assert change.of("leases", state="scheduled") == 0
    assert change.of("cache_evictions_total", cause="revoked") == 1
    leasehold.get(LEASE)
    leasehold.client().put("/agent/v1/cache-clear", {"type": "all"})
    assert change.of("cache_evictions_total", cause="cleared") == 1
    assert leasehold.cache_counts()["left"]["cleared"] == 1
    assert change.of("cache_entries") == 0


def test_renewals_move_a_lease_through_its_states(world):
    here = world(ttl=300)
    assert here.get("/v1/leased/x").status == 200
    change = Change(here.leasehold)
    here.timeline.pass_time(250)
    assert change.of("lease_renewed_total") >= 1
    here.leases.trouble = lambda _: errors(503, "Vault is sealed")
    here.timeline.pass_time(240)
    assert change.of("lease_renew_failed_total") >= 1
    here.leases.trouble = lambda _: errors(403, "permission denied")
    here.timeline.pass_time(300)
    assert change.of("cache_evictions_total", cause="expired") + change.of(
        "cache_evictions_total", cause="refused") >= 1


def test_crowded_entries_are_counted(daemons, upstream, tokens,
                                     approle_files):
    daemon = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files),
        cache={"max_entries": 1})).wait_ready()
    change = Change(daemon)
    daemon.get(LEASE)
    daemon.get(LEASE + "2")
    assert change.of("cache_evictions_total", cause="crowded") == 1


def test_ready_follows_the_token_within_a_second(world):
    """By a clock that moves a second for it, and no more."""
    here = world(token_ttl=3600)
    leasehold, upstream, tokens = here.leasehold, here.upstream, here.tokens
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    change = Change(leasehold)
    assert change.before["leasehold_authenticated"] == 1
    assert 3500 < change.before["leasehold_token_ttl_seconds"] <= 3600
    assert change.before['leasehold_logins_total{outcome="success"}'] == 1
    leasehold.get(LEASE)
    upstream.on_write("/v1/auth/approle/login", errors(400, "not now"))
    tokens.revoke_all()
    client = leasehold.client()
    with leasehold.connection() as peer:
        peer.send(b"GET /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        here.timeline.pass_time(1, 0.1)
        until(lambda: client.get("/leasehold/v1/ready").status == 503, 30,
              "ready to become false")
    assert client.get("/leasehold/v1/health").status == 200
    assert client.get("/leasehold/v1/ready").json["why_not"]
    status = leasehold.status()
    assert not status["ready"] and not status["token"]["valid"]
    assert change.of("authenticated") == -1
    assert figures.read(leasehold)["leasehold_token_ttl_seconds"] == 0
    assert change.of("cache_evictions_total", cause="generation") == 1
    until(lambda: here.timeline.advance(1) and change.of(
        "logins_total", outcome="failure") >= 1, 30, "a failed login")
    assert "not now" in leasehold.status()["token"]["last_error"]
    upstream.on_write("/v1/auth/approle/login", tokens.log_in)
    until(lambda: here.timeline.advance(1) and tokens.logins == 2, 30,
          "a login")
    until(lambda: client.get("/leasehold/v1/ready").status == 200, 30,
          "ready to become true")
    assert change.of("authenticated") == 0
    assert leasehold.status()["token"]["last_error"] == ""


def test_renewals_of_the_token_are_counted(world):
    here = world(token_ttl=600)
    change = Change(here.leasehold)
    here.timeline.pass_time(550)
    assert change.of("token_renewals_total", outcome="success") >= 1
    assert here.leasehold.status()["token"]["renewals"] >= 1
    here.upstream.on_write("/v1/auth/token/renew-self",
                           errors(503, "Vault is sealed"))
    here.timeline.pass_time(550)
    assert change.of("token_renewals_total", outcome="failure") >= 1


def test_the_process_tells_of_itself(leasehold):
    seen = figures.read(leasehold)
    assert abs(seen["leasehold_process_resident_memory_bytes"]
               - leasehold.rss_bytes()) < 8 * 1024 * 1024
    assert seen["leasehold_process_virtual_memory_bytes"] > seen[
        "leasehold_process_resident_memory_bytes"]
    until(lambda: figures.read(leasehold)["leasehold_connections"] == 1, 30,
          "the connections of before to be closed")
    change = Change(leasehold)
    with leasehold.connection() as peer:
        peer.request("GET", "/leasehold/v1/health")
        assert change.of("process_open_fds") == 1
        assert change.of("connections") == 1


def test_the_limit_of_connections_is_counted(daemons, upstream):
    daemon = daemons.start(settings.proxy(
        upstream.address, limits={"max_connections": 2}))
    with daemon.connection() as first, daemon.connection() as second:
        for peer in (first, second):
            peer.request("GET", "/leasehold/v1/health")
        try:
            daemon.connection().close()
        except OSError:
            pass    # cut at once, before or after connect() returned
        until(lambda: figures.parse(first.request(
            "GET", "/leasehold/v1/metrics").body.decode())[
                "leasehold_connections_refused_total"] == 1, 30,
              "a refused connection")


def test_promtool_finds_nothing_to_say(leasehold):
    promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: the package prometheus is not installed")
    leasehold.get(LEASE)
    text = leasehold.get("/leasehold/v1/metrics").body
    found = subprocess.run([promtool, "check", "metrics"], input=text,
                           capture_output=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, b"", b"")


def test_openmetrics_is_given_to_who_accepts_it(leasehold):
    reply = leasehold.client().get("/leasehold/v1/metrics", headers=[
        ("Accept", "application/openmetrics-text; version=1.0.0,*/*;q=0.1")])
    assert reply.headers["Content-Type"] == (
        "application/openmetrics-text; version=1.0.0; charset=utf-8")
    text = reply.body.decode()
    assert text.endswith("\n# EOF\n")
    assert "# TYPE leasehold_requests counter\n" in text
    assert "\nleasehold_requests_total " in text
    plain = leasehold.client().get("/leasehold/v1/metrics")
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0")
    assert b"# EOF" not in plain.body


@pytest.mark.parametrize("name", ["agent", "proxy"])
def test_the_paths_of_the_incumbents(daemons, upstream, name):
    path = f"/{name}/v1/metrics"
    bare = daemons.start(settings.proxy(upstream.address)).client()
    reply = bare.get(path + "?format=prometheus")
    assert (reply.status, reply.body) == (400, b"prometheus is not enabled")
    assert reply.headers["Content-Type"] == "text/plain"
    daemon = daemons.start(settings.proxy(
        upstream.address, cache={}, telemetry={"disable_hostname": True}))
    client = daemon.client()
    assert client.post(path, {}).status == 405
    assert client.post(path, {}).json == {"errors": []}
    reply = client.get(path + "?format=xml")
    assert reply.status == 400
    assert reply.body == b'metric response format "xml" unknown'
    upstream.on("GET", "/v1/a", Answer(200, {"data": {}}))
    upstream.on("GET", "/v1/b", errors(404))
    daemon.get("/v1/a")
    daemon.get("/v1/b", 404)
    for accept in ("application/openmetrics-text",
                   "text/plain, prometheus/telemetry"):
        reply = client.get(path, headers=[("Accept", accept)])
        assert reply.headers["Content-Type"].startswith("text/plain; version")
        seen = figures.parse(reply.body.decode())
        assert seen["vault_agent_proxy_success"] == 1
        assert seen["vault_agent_proxy_client_error"] == 1
        assert seen["vault_agent_proxy_error"] == 0
        assert seen["vault_agent_cache_miss"] == 1
        assert seen[f"vault_{name}_authenticated"] == 0


def test_metrics_obey_the_role_and_the_request_header(daemons, upstream):
    config = settings.proxy(upstream.address, telemetry={})
    config['listener "tcp"'].update(
        {"role": "metrics_only", "require_request_header": True})
    client = daemons.start(config).client()
    for path in ("/leasehold/v1/metrics", "/agent/v1/metrics"):
        path += "?format=prometheus"
        assert client.get(path).status == 412
        allowed = [("X-Vault-Request", "true")]
        assert client.get(path, headers=allowed).status == 200


def test_metrics_are_sent_to_collectors(world):
    collectors = []
    for _ in range(2):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(20)
        collectors.append(sock)
    first, second = (
        f"{host}:{sock.getsockname()[1]}"
        for host, sock in zip(("127.0.0.1", "localhost"), collectors))
    here = world({"telemetry": {
        "statsd_address": first, "dogstatsd_addr": second,
        "dogstatsd_tags": ["env:test"], "metrics_prefix": "mine",
        "disable_hostname": True}})
    here.upstream.on("GET", "/v1/sys/mounts", Answer(200, {"data": {}}))
    # The second one is found in its time.
    until(lambda: here.timeline.advance(11) and drain(collectors[1]), 30,
          "a round for both")
    drain(collectors[0])
    here.leasehold.get("/v1/sys/mounts")
    until(lambda: here.timeline.look()["connections"] == 1, 30,
          "no connection but that one")
    here.timeline.advance(11)
    texts = [collect(sock, b"leasehold.process_open_fds")
             for sock in collectors]
    assert "mine.agent.proxy.success:1|c" in texts[0]
    assert "leasehold.answers.2xx.pass:1|c" in texts[0]
    assert "leasehold.connections:1|g" in texts[0]
    assert ("leasehold.answers:1|c|#env:test,code:2xx,cache:pass"
            in texts[1])
    for sock in collectors:
        sock.close()


@pytest.mark.plain
def test_who_cannot_be_found_holds_up_no_start(world):
    here = world({"telemetry": {
        "statsd_address": f"{'a' * 64}.invalid:8125"}})
    here.upstream.on("GET", "/v1/a", Answer(200, {"data": {}}))
    here.leasehold.get("/v1/a")
    until(lambda: here.timeline.advance(10) and re.search(
        r"telemetry\.no_collector", here.leasehold.log()), 60, "a complaint")


def drain(sock):
    """How many datagrams have come; they are gone."""
    count = 0
    while select.select([sock], [], [], 0)[0]:
        sock.recv(65536)
        count += 1
    return count


def collect(sock, last):
    """The lines of one round: up to the line that begins with last."""
    lines = []
    while not lines or not lines[-1].encode().startswith(last):
        datagram = sock.recv(65536)
        assert len(datagram) <= 1400
        lines += datagram.decode().splitlines()
    return lines


def ask(binary, *args):
    """Run leasehold status."""
    return subprocess.run([binary, "status", *args], capture_output=True,
                          text=True, timeout=30, check=False)


def test_status_is_told_to_a_person(leasehold, binary, upstream, tokens):
    leasehold.get(LEASE)
    address = f"http://{leasehold.addresses()[0]}"
    told = ask(binary, "-address", address)
    assert told.returncode == 0, told.stderr
    assert "ready" in told.stdout and "approle" in told.stdout
    assert upstream.address in told.stdout
    assert "1 entries" in told.stdout
    assert "scheduled 1" in told.stdout
    for token in tokens.tokens:
        assert token not in told.stdout
    text = ask(binary, "--json", "-address=" + address).stdout
    assert '"ready": true' in text
    upstream.on_write("/v1/auth/approle/login", errors(400, "not now"))
    tokens.revoke_all()
    with leasehold.connection() as peer:
        peer.send(b"GET /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: leasehold.status()["ready"] is False, 30, "not ready")
        told = ask(binary, "-address", address)
    assert told.returncode == 2
    assert "NOT READY" in told.stdout
    leasehold.stop()
    told = ask(binary, "-address", address)
    assert told.returncode == 1 and address in told.stderr


def test_status_finds_the_listener_of_a_configuration(
        daemons, binary, upstream, folder):
    config = settings.proxy(upstream.address)
    del config['listener "tcp"']
    config['listener "unix"'] = {"address": str(folder / "l.sock"),
                                 "tls_disable": True,
                                 "require_request_header": True}
    daemon = daemons.start(config)
    told = ask(binary, "-config", str(daemon.config_path))
    assert told.returncode == 0, told.stderr
    assert "no auto_auth" in told.stdout


def test_status_over_tls(daemons, binary, upstream, folder):
    cert, key = certs.self_signed(folder, "listener")
    config = settings.proxy(upstream.address)
    config['listener "tcp"'] = {
        "address": "127.0.0.1:0",
        "tls_cert_file": str(cert), "tls_key_file": str(key)}
    address = "https://" + daemons.start(config).addresses()[0]
    assert ask(binary, "-address", address).returncode == 1
    for flag in ("-tls-skip-verify", f"-ca-cert={cert}"):
        told = ask(binary, "-address", address, flag)
        assert told.returncode == 0, told.stderr


def test_a_watch_goes_on_until_it_is_interrupted(
        daemons, binary, upstream, folder):
    address = "http://" + daemons.start(
        settings.proxy(upstream.address)).addresses()[0]
    shown = folder / "shown"
    with open(shown, "wb") as output:
        with subprocess.Popen([binary, "status", "-watch", "-address",
                               address], stdout=output) as watch:
            until(lambda: shown.read_text().count("background") >= 2, 30,
                  "a second table")
            watch.send_signal(signal.SIGINT)
            assert watch.wait(30) == 0
