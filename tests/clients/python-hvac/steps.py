"""The steps through hvac."""

import base64
import os
import secrets
import urllib.parse

import hvac
import requests_unixsocket

PLAIN = base64.b64encode(b"four score and seven").decode()
FOLDER = "clients/python-hvac"


def connect():
    """The client, over TCP or a unix socket."""
    address = os.environ["VAULT_ADDR"]
    scheme, _, path = address.partition("://")
    if scheme != "unix":
        return hvac.Client(url=address, token=None)
    return hvac.Client(
        url=f"http+unix://{urllib.parse.quote(path, safe='')}", token=None,
        session=requests_unixsocket.Session())


def check(step, found, wanted):
    """Tell of a step, or end."""
    if found != wanted:
        raise SystemExit(f"{step}: is {found!r}, should be {wanted!r}")
    print(step, "ok")


def kv1(client):
    """Write, read, list."""
    engine = client.secrets.kv.v1
    secret = {"color": secrets.token_hex(8)}
    written = engine.create_or_update_secret(
        f"{FOLDER}/a", secret, method="POST", mount_point="kv1")
    check("kv1.write", written.status_code, 204)
    read = engine.read_secret(f"{FOLDER}/a", mount_point="kv1")
    check("kv1.read", read["data"], secret)
    listed = engine.list_secrets(FOLDER, mount_point="kv1")
    check("kv1.list", listed["data"]["keys"], ["a"])


def kv2(client):
    """Write, read, list."""
    engine = client.secrets.kv.v2
    secret = {"color": secrets.token_hex(8)}
    written = engine.create_or_update_secret(f"{FOLDER}/a", secret)
    check("kv2.write", written["data"]["version"] > 0, True)
    read = engine.read_secret_version(
        f"{FOLDER}/a", raise_on_deleted_version=True)
    check("kv2.read", read["data"]["data"], secret)
    listed = engine.list_secrets(FOLDER)
    check("kv2.list", listed["data"]["keys"], ["a"])


def transit(client):
    """Encrypt, decrypt, sign, verify."""
    engine = client.secrets.transit
    sealed = engine.encrypt_data("app", PLAIN)["data"]["ciphertext"]
    check("transit.encrypt", sealed.startswith("vault:v1:"), True)
    opened = engine.decrypt_data("app", sealed)
    check("transit.decrypt", opened["data"]["plaintext"], PLAIN)
    seal = engine.sign_data("signer", PLAIN)["data"]["signature"]
    check("transit.sign", seal.startswith("vault:v1:"), True)
    verdict = engine.verify_signed_data("signer", PLAIN, signature=seal)
    check("transit.verify", verdict["data"]["valid"], True)


def database(client):
    """Read a credential, revoke it, read another."""
    engine = client.secrets.database
    first = engine.generate_credentials("db-app")
    again = engine.generate_credentials("db-app")
    check("database.read", again["lease_id"], first["lease_id"])
    client.sys.revoke_lease(first["lease_id"])
    second = engine.generate_credentials("db-app")
    check("database.revoke", second["lease_id"] != first["lease_id"], True)
    for word, lease in (("revoked", first), ("living", second)):
        print(word, lease["data"]["username"], lease["data"]["password"])


def token(client):
    """Look at the token that we do not know."""
    looked = client.auth.token.lookup_self()["data"]
    check("token.lookup_self", (looked["policies"], "id" in looked),
          (["app", "default"], False))


def main():
    """Run all steps."""
    client = connect()
    for part in (kv1, kv2, transit, database, token):
        part(client)


if __name__ == "__main__":
    main()
