"""A real server as provider of OpenID Connect, reached through the proxy."""

import base64
import urllib.parse

import pytest

from support import settings

pytestmark = pytest.mark.live

PROVIDER = "/v1/identity/oidc/provider/shop"
CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture(scope="module")
def shop(real_vault):
    """A provider with one client: what that is called, and one user."""
    real_vault.call("POST", "auth/userpass/users/shopper", {"password": "pw"})
    auth = real_vault.call("POST", "auth/userpass/login/shopper", {
        "password": "pw"})["auth"]
    real_vault.call("PUT", "sys/policies/acl/shopper", {
        "policy": f'path "{PROVIDER[4:]}/authorize"'
                  ' { capabilities = ["read"] }'})
    real_vault.call("POST", f"identity/entity/id/{auth['entity_id']}", {
        "policies": "shopper"})
    real_vault.call("POST", "identity/oidc/key/shop", {
        "allowed_client_ids": "*"})
    real_vault.call("POST", "identity/oidc/assignment/shop", {
        "entity_ids": [auth["entity_id"]]})
    real_vault.call("POST", "identity/oidc/client/shop", {
        "redirect_uris": [CALLBACK], "assignments": ["shop"], "key": "shop"})
    client = real_vault.call("GET", "identity/oidc/client/shop")["data"]
    real_vault.call("POST", "identity/oidc/provider/shop", {
        "allowed_client_ids": [client["client_id"]]})
    return client, auth


def access_token(client, shop):
    """What the user's consent and the client's secret are worth."""
    application, auth = shop
    query = urllib.parse.urlencode({
        "client_id": application["client_id"], "redirect_uri": CALLBACK,
        "scope": "openid", "state": "s", "nonce": "n",
        "response_type": "code"})
    agreed = client.get(f"{PROVIDER}/authorize?{query}", headers=[
        ("X-Vault-Token", auth["client_token"])])
    pair = f"{application['client_id']}:{application['client_secret']}"
    basic = base64.b64encode(pair.encode()).decode()
    body = urllib.parse.urlencode({
        "grant_type": "authorization_code", "code": agreed.json["code"],
        "redirect_uri": CALLBACK})
    given = client.request("POST", f"{PROVIDER}/token", body.encode(), [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Authorization", f"Basic {basic}")])
    return given.json["access_token"]


@pytest.mark.parametrize("has_token", [True, False])
def test_the_userinfo_is_given_to_a_bearer(
        real_vault, daemons, login, shop, has_token):
    client = daemons.start(settings.proxy(
        real_vault.address, login() if has_token else None,
        cache={})).wait_ready().client()
    token = access_token(client, shop)
    for method in ("GET", "POST"):
        reply = client.request(method, f"{PROVIDER}/userinfo", headers=[
            ("Authorization", f"Bearer {token}")])
        assert reply.status == 200
        assert reply.json["sub"] == shop[1]["entity_id"]
