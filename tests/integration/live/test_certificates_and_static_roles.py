"""Certificates and static roles of a real server, kept while they live."""

import datetime
import re
import time

import pytest

from support import settings
from support.vault import ROOT_TOKEN

pytestmark = pytest.mark.live

ISSUE = "/v1/pki/issue/web"
STATIC = "/v1/database/static-creds/app-static"


@pytest.fixture
def keeping(real_vault, daemons, login):
    """A client of a daemon that keeps to the lifetimes of both engines."""
    daemon = daemons.start(settings.proxy(
        real_vault.address, login(token_ttl="1h"), cache={
            'lifetime "pki/issue/+"': {"kind": "certificate"},
            'lifetime "database/static-creds/+"': {"kind": "static-role"},
        })).wait_ready()
    return daemon.client()


def issue(client, name):
    """Ask for a certificate."""
    reply = client.post(ISSUE, {"common_name": name})
    assert reply.status == 200, reply
    return reply


def test_a_certificate_is_issued_once_for_one_request(keeping, real_vault):
    real_vault.pki("web", "1h")
    before = real_vault.heard("pki/issue/web")
    first = issue(keeping, "a.test")
    again = issue(keeping, "a.test")
    other = issue(keeping, "b.test")
    assert again.headers["X-Cache"] == "HIT"
    assert again.json["data"] == first.json["data"]
    assert other.headers["X-Cache"] == "MISS"
    serial = first.json["data"]["serial_number"]
    assert other.json["data"]["serial_number"] != serial
    assert real_vault.heard("pki/issue/web") == before + 2


def test_a_certificate_is_issued_anew_before_it_ends(keeping, real_vault):
    real_vault.pki("web", "12s")
    seen = []
    end = time.monotonic() + 60
    while len(seen) < 3:
        assert time.monotonic() < end, seen
        asked = time.time()
        data = issue(keeping, "short.test").json["data"]
        assert data["expiration"] > asked
        if data["serial_number"] not in seen:
            seen.append(data["serial_number"])


def moment(text):
    """What the server writes of a time, in seconds."""
    text = re.sub(r"\.\d*", lambda part: part[0][:7], text)
    return datetime.datetime.fromisoformat(
        text.replace("Z", "+00:00")).timestamp()


def test_no_password_of_a_static_role_is_served_past_its_rotation(
        keeping, real_vault, real_postgres):
    real_vault.database(real_postgres)
    real_vault.static_role(real_postgres, "app-static", "8s")
    before = real_vault.heard("database/static-creds/app-static")
    passwords, reads, hits, ours = [], 0, 0, 0
    end = time.monotonic() + 90
    while len(passwords) < 3:
        assert time.monotonic() < end, f"{len(passwords)} after {reads} reads"
        asked = time.time()
        reply = keeping.get(STATIC)
        assert reply.status == 200, reply
        data = reply.json["data"]
        is_hit = reply.headers["X-Cache"] == "HIT"
        tried = real_postgres.try_query(
            "SELECT 1", data["username"], data["password"])
        if tried.returncode != 0:
            # It may have been rotated between the question and the login.
            now = real_vault.call("GET", STATIC[4:])["data"]
            ours += 1
            assert now["password"] != data["password"], tried.stderr
            assert moment(now["last_vault_rotation"]) > asked, reply
        reads += 1
        hits += is_hit
        assert data["ttl"] <= 8
        if data["password"] not in passwords:
            passwords.append(data["password"])
    asked = real_vault.heard(
        "database/static-creds/app-static") - before - ours
    assert hits > 0
    assert asked <= reads - hits + 1


def test_a_role_that_rotates_sooner_is_not_given_as_before(
        keeping, real_vault, real_postgres):
    real_vault.database(real_postgres)
    real_vault.static_role(real_postgres, "app-sooner", "24h")
    path = "/v1/database/static-creds/app-sooner"
    assert keeping.get(path).json["data"]["ttl"] > 3600
    assert keeping.get(path).headers["X-Cache"] == "HIT"
    keeping.token = ROOT_TOKEN
    assert keeping.post("/v1/database/static-roles/app-sooner", {
        "username": "app-sooner", "rotation_period": "1h"}).status < 300
    keeping.token = None
    assert keeping.get(path).json["data"]["ttl"] <= 3600


def test_a_rotation_asked_for_through_the_proxy_is_seen(
        keeping, real_vault, real_postgres):
    real_vault.database(real_postgres)
    real_vault.static_role(real_postgres, "app-asked", "1h")
    path = "/v1/database/static-creds/app-asked"
    first = keeping.get(path).json["data"]
    assert keeping.get(path).headers["X-Cache"] == "HIT"
    keeping.token = ROOT_TOKEN
    assert keeping.post("/v1/database/rotate-role/app-asked").status < 300
    keeping.token = None
    second = keeping.get(path).json["data"]
    assert second["password"] != first["password"]
    assert real_postgres.query(
        "SELECT current_user", second["username"], second["password"]) == [
            ["app-asked"]]
