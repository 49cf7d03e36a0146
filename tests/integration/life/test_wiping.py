"""What was passed on is wiped: it is nowhere in the memory of the process.

Each canary goes through all that handles it: our own buffers, and those of
OpenSSL on both sides, of libevent, libcurl and jansson.
"""

import os
import pathlib
import re

import pytest

from support import certs, fake, settings
from support.fake import Answer
from support.waiting import until

pytestmark = [
    pytest.mark.fake, pytest.mark.plain,
    pytest.mark.skipif(os.geteuid() != 0,
                       reason="only root may look into the process")]

PIECE = 1 << 20
CANARIES = {name: f"hvs.CANARY-{name}-{number:08x}" for number, name in
            enumerate(("token", "field", "body", "answer", "json"), 0x5eed)}


def memory_of(pid):
    """All that the process could write, piece by piece, with its mapping."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps.splitlines():
            place = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw.. ", line)
            if not place:
                continue
            start, end = (int(text, 16) for text in place.groups())
            memory.seek(start)
            try:
                yield line, memory.read(end - start)
            except OSError:
                continue        # gone since the list was made


def found_in(pid):
    """The canaries in the memory, each with the mappings that hold it."""
    found = {}
    for line, data in memory_of(pid):
        for name, canary in CANARIES.items():
            count = data.count(canary.encode())
            if count:
                found.setdefault(name, []).append((count, line))
    return found


@pytest.fixture
def secure(daemons, folder):
    """A daemon between TLS and TLS that keeps no connection and no answer."""
    pair = certs.self_signed(folder, "localhost")
    upstream = fake.Fake(certs.server_context(*pair))
    config = settings.proxy(
        upstream.address, vault={
            "address": upstream.address, "tls_skip_verify": True},
        disable_keep_alives=["proxying", "auto-auth", "caching"])
    config['listener "tcp"'] = {
        "address": "127.0.0.1:0", "tls_cert_file": str(pair[0]),
        "tls_key_file": str(pair[1])}
    yield daemons.start(config), upstream
    upstream.stop()


def talk(leasehold, upstream):
    """Requests of all sizes that carry canaries, and answers with them."""
    for size in (1, 40, 4000):
        answer = {"data": {"password": CANARIES["answer"] * size}}
        upstream.on_write("/v1/kv1/a", Answer(200, answer))
        upstream.on("GET", "/v1/database/creds/a", Answer(200, {
            "lease_id": f"database/creds/a/{size}", "lease_duration": 60,
            "renewable": True, "data": {"p": CANARIES["json"] * size}}))
        client = leasehold.client(
            token=CANARIES["token"], context=certs.client_context())
        body = {"value": CANARIES["body"] * size}
        fields = [("X-Vault-Unwrap-Token", CANARIES["field"])]
        assert client.put("/v1/kv1/a", body, headers=fields).status == 200
        assert client.get("/v1/database/creds/a").status == 200


def test_the_search_finds_what_is_there(secure):
    leasehold, upstream = secure
    barrier = fake.Barrier()
    upstream.on_write("/v1/kv1/a", Answer(200, {}, barrier=barrier))
    with leasehold.connection(context=certs.client_context()) as peer:
        peer.send(b"PUT /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 40\r\nX-Vault-Token: %b\r\n\r\n%b" % (
                      CANARIES["token"].encode(),
                      CANARIES["body"].encode().ljust(40)))
        barrier.wait_for()
        assert {"token", "body"} <= set(found_in(leasehold.pid))
        barrier.release()


def test_nothing_stays_of_what_was_passed_on(secure):
    leasehold, upstream = secure
    talk(leasehold, upstream)
    until(lambda: not found_in(leasehold.pid), 30,
          "all canaries to be gone: " + str(found_in(leasehold.pid)))
