"""An app says a path and no token; engines of a real server answer."""

import base64

import pytest

from support import settings

pytestmark = pytest.mark.live


def test_transit_decrypts_what_it_encrypted(leasehold):
    client = leasehold.client()
    plain = base64.b64encode(b"four score and seven").decode()
    sealed = client.put("/v1/transit/encrypt/app", {"plaintext": plain})
    assert sealed.status == 200
    text = sealed.json["data"]["ciphertext"]
    assert text.startswith("vault:v1:")
    opened = client.post("/v1/transit/decrypt/app", {"ciphertext": text})
    assert opened.json["data"]["plaintext"] == plain


def test_equal_writes_are_both_carried_out(leasehold):
    client = leasehold.client()
    body = {"plaintext": base64.b64encode(b"same").decode()}
    replies = [client.put("/v1/transit/encrypt/app", body) for _ in range(2)]
    texts = {reply.json["data"]["ciphertext"] for reply in replies}
    assert len(texts) == 2


def test_kv_v1_is_written_read_listed_and_deleted(leasehold):
    client = leasehold.client()
    assert client.put("/v1/kv1/v1/a", {"color": "blue"}).status == 204
    assert client.put("/v1/kv1/v1/b", {"color": "red"}).status == 204
    read = client.get("/v1/kv1/v1/a")
    assert (read.status, read.json["data"]) == (200, {"color": "blue"})
    assert client.list("/v1/kv1/v1").json["data"]["keys"] == ["a", "b"]
    listed = client.get("/v1/kv1/v1?list=true")
    assert listed.json["data"]["keys"] == ["a", "b"]
    assert client.delete("/v1/kv1/v1/a").status == 204
    assert client.get("/v1/kv1/v1/a").status == 404


def test_a_kv_v1_read_is_never_older_than_a_write(leasehold):
    client = leasehold.client()
    for number in range(20):
        client.put("/v1/kv1/fresh", {"number": str(number)})
        read = client.get("/v1/kv1/fresh").json
        assert read["data"] == {"number": str(number)}


def test_kv_v2_is_written_read_listed_and_deleted(leasehold):
    client = leasehold.client()
    for name in ("a", "b"):
        written = client.put(
            f"/v1/secret/data/v2/{name}", {"data": {"color": name}})
        assert written.status == 200
    read = client.get("/v1/secret/data/v2/a")
    assert read.json["data"]["data"] == {"color": "a"}
    listed = client.list("/v1/secret/metadata/v2")
    assert listed.json["data"]["keys"] == ["a", "b"]
    assert client.delete("/v1/secret/data/v2/a").status == 204
    assert client.get("/v1/secret/data/v2/a").status == 404


def test_an_error_of_the_server_comes_through_as_it_is(leasehold):
    reply = leasehold.client().get("/v1/sys/policies/acl/app")
    assert reply.status == 403
    assert "permission denied" in reply.body.decode()
    assert "X-Cache" not in reply.headers


def test_the_app_does_not_learn_the_token(leasehold, real_vault):
    before = real_vault.call("LIST", "auth/token/accessors")["data"]["keys"]
    reply = leasehold.client().get("/v1/auth/token/lookup-self")
    assert reply.status == 200
    assert "id" not in reply.json["data"]
    assert "hvs." not in reply.body.decode()
    assert not any(name in reply.body.decode() for name in before)


def test_the_help_on_a_lookup_does_not_tell_the_token(leasehold):
    # The server adds to it who asked.
    for path in ("lookup-self", "renew-self", "revoke-self", "lookup",
                 "renew", "create"):
        for query in ("help=1", "x=1&help=true"):
            reply = leasehold.client().get(f"/v1/auth/token/{path}?{query}")
            assert "hvs." not in reply.body.decode()
    reply = leasehold.client().get("/v1/auth/token/lookup-self?help=1")
    assert "lookup a token" in reply.json["help"]


def test_a_lookup_that_names_no_token_does_not_tell_ours(
        real_vault, daemons, login):
    # The server gives its own short spelling of the token then, which it
    # takes as well.
    real_vault.call("PUT", "sys/policies/acl/looker", {
        "policy": 'path "auth/token/lookup" { capabilities = ["update"] }'})
    client = daemons.start(settings.proxy(real_vault.address, login(
        token_policies="looker"))).wait_ready().client()
    before = real_vault.call("LIST", "auth/token/accessors")["data"]["keys"]
    for body in ({}, None, {"token": ""}):
        reply = client.post("/v1/auth/token/lookup", body)
        assert reply.json["data"]["path"] == "auth/approle/login"
        assert "id" not in reply.json["data"]
        assert "hvs." not in reply.body.decode()
        assert not any(name in reply.body.decode() for name in before)


def test_a_token_of_the_app_is_its_own(leasehold, real_vault):
    made = real_vault.call(
        "POST", "auth/token/create", {"policies": ["default"]})
    own = leasehold.client(token=made["auth"]["client_token"])
    assert own.get("/v1/kv1/v1/any").status == 403
    looked = own.get("/v1/auth/token/lookup-self")
    assert looked.json["data"]["id"] == made["auth"]["client_token"]


def test_an_empty_token_is_none(leasehold):
    for name, value in (("X-Vault-Token", ""), ("Authorization", "Bearer ")):
        reply = leasehold.client().get(
            "/v1/auth/token/lookup-self", headers=[(name, value)])
        assert reply.status == 200
        assert reply.json["data"]["policies"] == ["app", "default"]
