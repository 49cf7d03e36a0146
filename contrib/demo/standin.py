#!/usr/bin/python3
"""A stand-in for a Vault server, for the demo on a machine without one.

It keeps nothing secret: "encryption" is an encoding, credentials are made up.
It is built from the scripted upstream of the tests and speaks just what the
demo asks for.
"""

import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))

from support.fake import Answer, Fake, errors           # noqa: E402
from support.fake_tokens import Tokens, secret          # noqa: E402

MARK = "vault:v1:STAND-IN:"
WARNING = "this answer comes from the stand-in of the demo, not from Vault"
BANNER = """\
*** STAND-IN ***********************************************************
*** No Vault or OpenBao server is used. What answers is a small program
*** that imitates one: nothing is encrypted, no credential is real.
*** Why: {}
************************************************************************
"""


def answer(**fields):
    """An answer that says where it comes from."""
    return Answer(200, secret(warnings=[WARNING], **fields))


def encrypt(request):
    """transit/encrypt: an encoding that can be undone."""
    return answer(data={"ciphertext": MARK + request.json["plaintext"][::-1]})


def decrypt(request):
    """transit/decrypt: undoes it."""
    text = request.json["ciphertext"]
    if not text.startswith(MARK):
        return errors(400, "invalid ciphertext")
    return answer(data={"plaintext": text[len(MARK):][::-1]})


class StandIn:
    """The server: a token for any AppRole, kv, transit, leases."""

    def __init__(self, reason):
        print(BANNER.format(reason), file=sys.stderr, end="", flush=True)
        self.fake = Fake()
        self.address = self.fake.address
        self.store = {}
        tokens = Tokens(self.fake)
        for path, method in (("encrypt", encrypt), ("decrypt", decrypt)):
            self.fake.on_write(
                f"/v1/transit/{path}/app", tokens.guarded(method))
        self.fake.on_write("/v1/kv1/*", tokens.guarded(self.write))
        self.fake.on("GET", "/v1/kv1/*", tokens.guarded(self.read))

    def write(self, request):
        """Keep what was written to a path."""
        self.store[request.path] = request.json
        return Answer(204)

    def read(self, request):
        """Give it back."""
        if request.path not in self.store:
            return errors(404)
        return answer(data=self.store[request.path])

    def stop(self):
        """Stop serving."""
        self.fake.stop()
