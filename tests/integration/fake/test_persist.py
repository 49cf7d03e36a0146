"""What was in the cache is there after a restart, and nothing that left."""

import os
import pwd
import re
import resource
import signal
import stat

import pytest

from support import settings
from support.clock import Timeline
from support.fake import Answer, Barrier
from support.fake_tokens import secret
from support.figures import Change, read
from support.lives import KEY
from support.waiting import until

pytestmark = pytest.mark.fake

LEASE = "/v1/database/creds/app"
STATIC = "/v1/secret/data/a"


def restored(daemon):
    """What a start said of the file it found."""
    return re.search(r"persist\.restored entries=(\d+) dropped=(\d+) "
                     r'token="?([a-z ]+)"?', daemon.log()).groups()


def test_a_start_with_vault_down_serves_what_is_alive(
        lives, upstream, tokens):
    first = lives.start()
    lease = first.get(LEASE).json
    static = first.get(STATIC)
    first.stop()
    upstream.close_port()
    second = lives.start()
    again = second.get(LEASE)
    assert again.json["data"] == lease["data"]
    assert again.headers["X-Cache"] == "HIT"
    assert 3500 < again.json["lease_duration"] <= 3600
    assert second.get(STATIC).body == static.body
    assert second.get(STATIC).headers["ETag"] == static.headers["ETag"]
    assert restored(second) == ("2", "0", "kept")
    assert tokens.logins == 1


def test_a_killed_one_leaves_its_cache(lives, tokens):
    first = lives.start()
    size = lives.size()     # the token is written at once
    lease = first.get(LEASE).json["lease_id"]
    until(lambda: lives.size() > size, 30, "the entry to be written")
    lives.kill(first)
    second = lives.start()
    assert second.get(LEASE).json["lease_id"] == lease
    assert tokens.logins == 1


def test_vault_is_asked_again_until_it_tells(lives, upstream, tokens):
    first = lives.start()
    lease = first.get(LEASE).json["lease_id"]
    first.stop()
    upstream.close_port()
    second = lives.start()
    assert second.get(LEASE).json["lease_id"] == lease
    tokens.revoke_all()
    upstream.open_port()
    second.wait_for_log(r"auth\.lost", 30)
    until(lambda: tokens.logins == 2, 30, "the login")
    second.wait_ready()
    assert second.get(LEASE).json["lease_id"] != lease


def test_a_dead_token_takes_its_leases_along(lives, tokens):
    first = lives.start()
    lease = first.get(LEASE).json["lease_id"]
    first.stop()
    tokens.revoke_all()
    second = lives.start()
    assert tokens.logins == 2
    assert second.get(LEASE).json["lease_id"] != lease
    assert re.search(r"auth\.earlier_refused", second.log())


def test_what_was_revoked_does_not_come_back(lives, upstream):
    first = lives.start()
    kept = first.get(LEASE).json["lease_id"]
    gone = first.get("/v1/database/creds/other").json["lease_id"]
    change = Change(first)
    reply = first.client().put("/v1/sys/leases/revoke", {"lease_id": gone})
    assert reply.status == 204
    assert change.of("persist_syncs_total") == 1
    lives.kill(first)
    upstream.close_port()
    second = lives.start()
    assert second.get(LEASE).json["lease_id"] == kept
    assert second.get("/v1/database/creds/other", 502).status == 502


def test_a_written_secret_does_not_come_back(lives, upstream):
    first = lives.start()
    first.get(STATIC)
    reply = first.client().put(STATIC, {"data": {"value": "changed"}})
    assert reply.status == 204
    lives.kill(first)
    upstream.close_port()
    second = lives.start()
    assert second.client().get(STATIC).status != 200


def test_a_right_that_was_lost_meanwhile_does_not_come_back(lives):
    first = lives.start()
    first.get(STATIC)
    first.get(STATIC)
    assert lives.secrets.reads("a") == 1
    first.stop()
    lives.secrets.allowed = lambda request: False
    second = lives.start()
    assert second.client().get(STATIC).status == 403


def test_a_cleared_cache_does_not_come_back(lives):
    first = lives.start()
    lease = first.get(LEASE).json["lease_id"]
    reply = first.client().post("/agent/v1/cache-clear", {"type": "all"})
    assert reply.status == 200
    lives.kill(first)
    second = lives.start()
    assert second.get(LEASE).json["lease_id"] != lease


def test_tokens_of_callers_and_what_hangs_below_come_back(
        lives, upstream, tokens):
    child = tokens.issue()
    upstream.on_write("/v1/auth/token/create", Answer(200, secret(
        auth=tokens.tell(child) | {"orphan": False})))
    first = lives.start()
    made = first.client().put("/v1/auth/token/create", {}).json["auth"]
    own = [("X-Vault-Token", made["client_token"])]
    lease = first.client().get(LEASE, headers=own).json["lease_id"]
    first.stop()
    second = lives.start()
    again = second.client().get(LEASE, headers=own)
    assert again.json["lease_id"] == lease
    assert again.headers["X-Cache"] == "HIT"
    assert restored(second) == ("2", "0", "kept")


def test_nothing_is_written_in_the_clear(lives, tokens):
    first = lives.start()
    reply = first.get(LEASE).json
    first.get(STATIC)
    first.stop()
    image = lives.file.read_bytes()
    token = next(iter(tokens.tokens))
    for canary in (reply["lease_id"], reply["data"]["password"],
                   reply["data"]["username"], "value-of-a", token,
                   "accessor1", "secret/data/a", "database/creds", KEY):
        assert canary.encode() not in image, canary
    assert stat.S_IMODE(os.stat(lives.file).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(lives.folder).st_mode) == 0o700
    assert os.listdir(lives.folder) == ["leasehold.cache"]


def test_another_key_is_said_and_the_cache_is_empty(lives, tokens):
    first = lives.start()
    lease = first.get(LEASE).json["lease_id"]
    first.stop()
    lives.key_file.write_text("another key, just as long")
    second = lives.start()
    assert re.search(r"persist\.discarded.*sealed with another key",
                     second.log())
    assert second.get(LEASE).json["lease_id"] != lease
    assert tokens.logins == 2


@pytest.mark.parametrize("text,expected", [
    ("", "is empty"), ("fifteen bytes!!", "less than the 16 bytes"),
    (None, "cannot open")])
def test_a_key_that_is_none_ends_the_start(lives, text, expected):
    if text is None:
        lives.key_file.unlink()
    else:
        lives.key_file.write_text(text)
    daemon = lives.daemons.create(lives.config(), exit_status=1).launch()
    assert daemon.wait() == 1
    assert expected in daemon.log()


def test_exit_on_err_ends_the_start(lives):
    lives.start().stop()
    image = bytearray(lives.file.read_bytes())
    image[-1] ^= 1
    lives.file.write_bytes(image)
    daemon = lives.daemons.create(
        lives.config(persist={"exit_on_err": True}), exit_status=1).launch()
    assert daemon.wait() == 1
    assert "it was altered" in daemon.log()


def test_what_is_altered_is_discarded_and_made_anew(lives):
    first = lives.start()
    lease = first.get(LEASE).json["lease_id"]
    first.stop()
    image = bytearray(lives.file.read_bytes())
    image[len(image) // 2] ^= 1
    lives.file.write_bytes(image)
    second = lives.start()
    assert re.search(r"persist\.discarded.*it was altered", second.log())
    found = second.get(LEASE).json["lease_id"]
    assert found != lease
    second.stop()
    third = lives.start()
    assert third.get(LEASE).json["lease_id"] == found


def test_a_torn_end_is_left_out(lives):
    first = lives.start()
    lease = first.get(LEASE).json["lease_id"]
    first.stop()
    with open(lives.file, "ab") as file:
        file.write(b"torn")
    second = lives.start()
    assert re.search(r"persist\.cut bytes=4", second.log())
    assert second.get(LEASE).json["lease_id"] == lease


def test_another_server_has_no_use_for_it(lives):
    first = lives.start()
    first.get(LEASE)
    first.stop()
    config = lives.config()
    config["vault"]["address"] = config["vault"]["address"].replace(
        "127.0.0.1", "localhost")
    second = lives.daemons.start(config).wait_ready()
    assert re.search(r"persist\.discarded.*another server", second.log())


@pytest.mark.parametrize("is_other", [True, False])
def test_another_role_id_has_no_use_for_it(lives, tokens, is_other):
    first = lives.start()
    first.get(LEASE)
    first.stop()
    if is_other:
        lives.files[0].write_text("another-role_id")
    second = lives.start()
    found = re.search(r"persist\.discarded.*another", second.log())
    assert bool(found) == is_other
    assert tokens.logins == (2 if is_other else 1)


@pytest.fixture
def replaced(lives, upstream, tokens, folder):
    """A daemon that logs in by another method than it began with."""
    password = folder / "password"
    password.write_text("word")
    upstream.on_write("/v1/auth/userpass/login/app", tokens.log_in)
    first = lives.start()
    other = lives.config()
    other["auto_auth"] = settings.method("userpass", {
        "username": "app", "password_file_path": str(password),
        "remove_password_after_reading": False})
    first.write_config(other)
    first.signal(signal.SIGHUP)
    first.wait_for_log(r"auth\.obtained method=userpass", 30)
    return first


def test_what_a_token_of_another_method_had_read_is_not_the_next_ones(
        lives, upstream, replaced):
    replaced.get(STATIC)
    replaced.stop()
    second = lives.start()
    assert restored(second) == ("1", "0", "none")
    second.stop()
    upstream.close_port()
    third = lives.start()
    assert restored(third) == ("1", "0", "kept")
    assert third.client().get(STATIC).status != 200


def test_the_token_of_a_method_that_came_later_is_not_kept(
        lives, tokens, replaced):
    first = replaced
    first.get(LEASE)
    first.stop()
    second = lives.start()
    second.get(LEASE)
    assert tokens.logins == 3


def test_links_and_files_of_others_are_refused(lives, folder):
    lives.folder.mkdir()
    target = folder / "target"
    target.write_text("precious")
    lives.file.symlink_to(target)
    daemon = lives.daemons.create(lives.config(), exit_status=1).launch()
    assert daemon.wait() == 1
    assert "will not follow the link" in daemon.log()
    assert target.read_text() == "precious"
    lives.file.unlink()
    lives.file.mkdir()
    daemon = lives.daemons.create(lives.config(), exit_status=1).launch()
    assert daemon.wait() == 1
    assert "is no regular file" in daemon.log()


def test_one_process_at_a_time_has_it(lives):
    lives.start()
    daemon = lives.daemons.create(lives.config(), exit_status=1).launch()
    assert daemon.wait() == 1
    assert "in use by another process" in daemon.log()


def test_an_incumbents_file_is_left_alone(lives):
    lives.folder.mkdir()
    theirs = lives.folder / "vault-agent-cache.db"
    theirs.write_bytes(b"bolt")
    daemon = lives.start()
    assert re.search(r"persist\.foreign", daemon.log())
    assert theirs.read_bytes() == b"bolt"


def test_a_hand_over_costs_no_second_login(lives, folder, upstream, tokens):
    """An init container logs in; the one after it has its token and leases."""
    service_token = folder / "service-account"
    service_token.write_text("a.token.of-a-service-account")
    barrier = Barrier()

    def log_in(request):
        barrier.hold()
        return tokens.log_in(request)
    upstream.on_write("/v1/auth/approle/login", log_in)

    def config(**more):
        found = lives.config(**more)
        found["cache"].pop('persist "file"')
        found["cache"]['persist "kubernetes"'] = {
            "path": str(lives.folder), "exit_on_err": True,
            "service_account_token_file": str(service_token)}
        found["auto_auth"].update(settings.sink(folder / "sink"))
        return found
    init = lives.daemons.start(config(exit_after_auth=True))
    barrier.wait_for()
    with init.connection() as peer:
        peer.send(f"GET {LEASE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        init.status()       # and so it has read what was sent before
        barrier.release()
        lease = peer.read_reply().json["lease_id"]
    assert init.wait() == 0
    sidecar = lives.daemons.start(config()).wait_ready()
    assert sidecar.get(LEASE).json["lease_id"] == lease
    assert tokens.logins == 1
    assert (folder / "sink").read_text() == next(iter(tokens.tokens))
    assert re.search(r"persist\.imported", sidecar.log())
    assert not lives.file.exists()
    assert sidecar.status()["persist"]["written"] is False


def test_a_credential_of_systemd_is_a_key(lives, folder):
    def config():
        found = lives.config()
        found["cache"].pop('persist "file"')
        found["cache"]['persist "credential"'] = {
            "path": str(lives.folder), "credential": "cache-key"}
        return found
    (folder / "cache-key").write_text(KEY)
    env = {"CREDENTIALS_DIRECTORY": str(folder)}
    first = lives.daemons.start(config(), env=env).wait_ready()
    lease = first.get(LEASE).json["lease_id"]
    first.stop()
    second = lives.daemons.start(config(), env=env).wait_ready()
    assert second.get(LEASE).json["lease_id"] == lease
    second.stop()
    third = lives.daemons.create(config(), exit_status=1).launch()
    assert third.wait() == 1
    assert "CREDENTIALS_DIRECTORY is not set" in third.log()


def fill_up(daemon, upstream, tokens, count=8, size=40000):
    """Fetch so many leases of so many bytes."""
    upstream.on("GET", "/v1/big/creds/*", tokens.guarded(
        lambda request: Answer(200, secret(
            lease_id=request.path[4:] + "/lease", lease_duration=3600,
            renewable=True, data={"filler": "x" * size}))))
    for number in range(count):
        daemon.get(f"/v1/big/creds/r{number}")


def test_a_full_disk_costs_the_file_and_nothing_else(
        lives, upstream, tokens):
    daemon = lives.start()
    lease = daemon.get(LEASE).json["lease_id"]
    change = Change(daemon)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (100000, 100000))
    fill_up(daemon, upstream, tokens)
    daemon.wait_for_log(r"persist\.failed", 30)
    until(lambda: not lives.file.exists(), 30, "the file to go")
    assert change.of("persist_failures_total") >= 1
    assert daemon.status()["persist"]["written"] is False
    assert daemon.status()["persist"]["bytes"] == 0
    assert daemon.get(LEASE).json["lease_id"] == lease
    reply = daemon.client().put("/v1/sys/leases/revoke", {"lease_id": lease})
    assert reply.status == 204
    lives.kill(daemon)
    upstream.close_port()
    second = lives.daemons.start(lives.config())
    assert second.status()["persist"]["restored"] == 0


def test_after_a_full_disk_the_file_is_made_anew(
        lives, upstream, tokens, moved):
    upstream.now = tokens.now = moved.now
    daemon = lives.start(env=moved.environment())
    timeline = Timeline(moved, daemon)
    hard = resource.RLIM_INFINITY
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (100000, hard))
    fill_up(daemon, upstream, tokens)
    until(lambda: timeline.advance(1) and not lives.file.exists(), 30,
          "the file to go")
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))
    until(lambda: timeline.advance(10)["persist"]["written"], 30, "the file")
    lives.kill(daemon)
    second = lives.start(env=moved.environment())
    assert second.status()["persist"]["restored"] == 8


def test_garbage_is_cleaned_up(lives, upstream, tokens):
    daemon = lives.start()
    lease = daemon.get(LEASE).json["lease_id"]
    fill_up(daemon, upstream, tokens, 40)
    until(lambda: lives.size() > 40 * 40000, 30, "the file to be written")
    reply = daemon.client().post("/agent/v1/cache-clear", {
        "type": "request_path", "value": "/v1/big"})
    assert reply.status == 200
    came = {role: daemon.get(f"/v1/database/creds/r{role}").json["lease_id"]
            for role in range(50)}      # some of them while it is made anew
    until(lambda: lives.size() < 80000, 30, "the file to be made anew")
    reply = daemon.client().put("/v1/sys/leases/revoke", {"lease_id": lease})
    assert reply.status == 204          # and so all before it is written
    lives.kill(daemon)
    second = lives.start()
    assert restored(second) == ("50", "0", "kept")
    assert came == {
        role: second.get(f"/v1/database/creds/r{role}").json["lease_id"]
        for role in range(50)}


def test_a_life_goes_on_and_ends_where_it_did(lives, upstream, moved, tokens):
    upstream.now = tokens.now = moved.now
    env = moved.environment()
    tokens.ttl = 10 ** 6
    first = lives.start(env=env)
    lease = first.get(LEASE).json["lease_id"]
    Timeline(moved, first).pass_time(3000, 100)     # renewed at about 2400
    first.stop()
    upstream.close_port()
    moved.advance(1000)
    second = lives.start(env=env)
    again = second.get(LEASE).json
    assert again["lease_id"] == lease
    assert 1400 < again["lease_duration"] < 2600
    second.stop()
    moved.advance(3600)
    third = lives.start(env=env)
    assert restored(third) == ("0", "1", "kept")


def test_what_a_token_had_read_outlives_it_while_vault_is_away(
        lives, upstream, moved, tokens):
    upstream.now = tokens.now = moved.now
    env = moved.environment()
    tokens.ttl = 300
    first = lives.start(env=env)
    static = first.get(STATIC).body
    first.get(LEASE)
    first.stop()
    upstream.close_port()
    moved.advance(600)
    second = lives.daemons.start(lives.config(), env=env)
    assert restored(second) == ("1", "1", "run out")
    until(lambda: second.client().get(STATIC).status == 200, 30, "the answer")
    assert second.client().get(STATIC).body == static


def test_the_figures_of_the_file_move(lives):
    first = lives.start()
    change = Change(first)
    first.get(LEASE)
    first.get(STATIC)
    until(lambda: change.of("persist_entries") == 2, 30, "the entries")
    until(lambda: change.of("persist_records_total") >= 3, 30, "a right")
    until(lambda: change.of("persist_bytes") > 500, 30, "their bytes")
    status = first.status()["persist"]
    assert status["written"] is True and status["restored"] == 0
    assert status["entries"] == 2
    until(lambda: first.status()["persist"]["bytes"] == lives.size(), 30,
          "the bytes of the file")
    first.client().put(STATIC, {"data": {"value": "b"}})
    assert change.of("persist_syncs_total") == 1
    assert first.status()["persist"]["entries"] == 1
    first.stop()
    second = lives.start()
    assert second.status()["persist"]["restored"] == 1
    assert read(second)["leasehold_persist_restored_total"] == 1
    assert read(second)["leasehold_persist_failures_total"] == 0


def test_a_rotated_key_seals_the_file_anew(lives, upstream, moved, tokens):
    upstream.now = tokens.now = moved.now
    env = moved.environment()
    first = lives.start(env=env)
    lease = first.get(LEASE).json["lease_id"]
    salt = lives.file.read_bytes()[:96]
    lives.key_file.write_text("a token that was rotated")
    timeline = Timeline(moved, first)
    until(lambda: timeline.advance(10)
          and re.search(r"persist\.new_key", first.log()), 30, "the look")
    until(lambda: timeline.advance(1)
          and lives.file.read_bytes()[:96] != salt, 30, "the new file")
    lives.kill(first)
    second = lives.start(env=env)
    assert second.get(LEASE).json["lease_id"] == lease


def test_a_token_that_was_put_into_the_file_meanwhile_counts(
        lives, tokens, folder):
    path = folder / "token"
    path.write_text(tokens.issue().text)

    def config():
        found = lives.config()
        found["auto_auth"] = settings.method(
            "token_file", {"token_file_path": str(path)})
        return found
    first = lives.daemons.start(config()).wait_ready()
    lease = first.get(LEASE).json["lease_id"]
    first.stop()
    second = lives.daemons.start(config()).wait_ready()
    assert second.get(LEASE).json["lease_id"] == lease
    second.stop()
    path.write_text(tokens.issue().text)
    third = lives.daemons.start(config()).wait_ready()
    assert third.get(LEASE).json["lease_id"] != lease


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another")
def test_who_becomes_another_user_goes_on_writing(lives):
    config = {"process": {"user": "nobody"}}
    first = lives.start(**config)
    lease = first.get(LEASE).json["lease_id"]
    first.get(STATIC)
    reply = first.client().put(STATIC, {"data": {"value": "b"}})
    assert reply.status == 204
    lives.kill(first)
    nobody = pwd.getpwnam("nobody").pw_uid
    assert os.stat(lives.file).st_uid == nobody
    second = lives.start(**config)
    assert second.get(LEASE).json["lease_id"] == lease
    second.stop()
    assert not re.search(r"persist\.(failed|left_behind)", second.log())
    assert lives.folder.stat().st_uid == nobody
