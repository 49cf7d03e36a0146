"""The steps through the asynchronous client of httpx."""

import asyncio
import base64
import os
import secrets

import httpx

PLAIN = base64.b64encode(b"four score and seven").decode()
FOLDER = "clients/python-httpx"


def connect():
    """The client, over TCP or a unix socket."""
    address = os.environ["VAULT_ADDR"]
    scheme, _, path = address.partition("://")
    if scheme != "unix":
        return httpx.AsyncClient(base_url=f"{address}/v1/", timeout=30)
    return httpx.AsyncClient(
        base_url="http://localhost/v1/", timeout=30,
        transport=httpx.AsyncHTTPTransport(uds=path))


def check(step, found, wanted):
    """Tell of a step, or end."""
    if found != wanted:
        raise SystemExit(f"{step}: is {found!r}, should be {wanted!r}")
    print(step, "ok")


async def ask(client, method, path, body=None):
    """The status and JSON of a good answer."""
    reply = await client.request(method, path, json=body)
    reply.raise_for_status()
    return reply.json() if reply.content else None


async def kv1(client):
    """Write, read, list."""
    secret = {"color": secrets.token_hex(8)}
    written = await ask(client, "PUT", f"kv1/{FOLDER}/a", secret)
    check("kv1.write", written, None)
    read = await ask(client, "GET", f"kv1/{FOLDER}/a")
    check("kv1.read", read["data"], secret)
    listed = await ask(client, "LIST", f"kv1/{FOLDER}")
    check("kv1.list", listed["data"]["keys"], ["a"])


async def kv2(client):
    """Write, read, list."""
    secret = {"color": secrets.token_hex(8)}
    written = await ask(
        client, "POST", f"secret/data/{FOLDER}/a", {"data": secret})
    check("kv2.write", written["data"]["version"] > 0, True)
    read = await ask(client, "GET", f"secret/data/{FOLDER}/a")
    check("kv2.read", read["data"]["data"], secret)
    listed = await ask(client, "LIST", f"secret/metadata/{FOLDER}")
    check("kv2.list", listed["data"]["keys"], ["a"])


async def transit(client):
    """Encrypt eight times at once, decrypt, sign, verify."""
    answers = await asyncio.gather(*(
        ask(client, "POST", "transit/encrypt/app", {"plaintext": PLAIN})
        for _ in range(8)))
    sealed = {answer["data"]["ciphertext"] for answer in answers}
    check("transit.encrypt", len(sealed), 8)
    answers = await asyncio.gather(*(
        ask(client, "POST", "transit/decrypt/app", {"ciphertext": text})
        for text in sealed))
    check("transit.decrypt",
          {answer["data"]["plaintext"] for answer in answers}, {PLAIN})
    signed = await ask(client, "POST", "transit/sign/signer", {"input": PLAIN})
    seal = signed["data"]["signature"]
    check("transit.sign", seal.startswith("vault:v1:"), True)
    verdict = await ask(client, "POST", "transit/verify/signer",
                        {"input": PLAIN, "signature": seal})
    check("transit.verify", verdict["data"]["valid"], True)


async def database(client):
    """Read a credential eight times at once, revoke it, read another."""
    answers = await asyncio.gather(*(
        ask(client, "GET", "database/creds/db-app") for _ in range(8)))
    first = answers[0]
    check("database.read", {answer["lease_id"] for answer in answers},
          {first["lease_id"]})
    await ask(client, "PUT", "sys/leases/revoke",
              {"lease_id": first["lease_id"]})
    second = await ask(client, "GET", "database/creds/db-app")
    check("database.revoke", second["lease_id"] != first["lease_id"], True)
    for word, lease in (("revoked", first), ("living", second)):
        print(word, lease["data"]["username"], lease["data"]["password"])


async def token(client):
    """Look at the token that we do not know."""
    looked = (await ask(client, "GET", "auth/token/lookup-self"))["data"]
    check("token.lookup_self", (looked["policies"], "id" in looked),
          (["app", "default"], False))


async def main():
    """Run all steps."""
    async with connect() as client:
        for part in (kv1, kv2, transit, database, token):
            await part(client)


if __name__ == "__main__":
    asyncio.run(main())
