"""Reads what an encrypted sink has written, from the format alone.

X25519 and GHASH are done here in whole numbers, AES by the openssl program.
For tests: nothing here runs in constant time.
"""

import base64
import hashlib
import hmac
import json
import secrets
import subprocess

P = 2**255 - 19
A24 = 121665
BASE = 9
FIELD = 0xE1 << 120         # the polynomial of GHASH, bits mirrored
TAG_BYTES = 16


class Reader:
    """One who waits for a token, with a key pair of its own."""

    def __init__(self, path):
        """path: where the public key goes."""
        self.private = secrets.token_bytes(32)
        self.public = x25519(self.private, BASE.to_bytes(32, "little"))
        self.path = path

    def publish(self):
        """Put the public key where the daemon looks for it."""
        self.path.write_text(json.dumps(
            {"curve25519_public_key": base64.b64encode(self.public).decode()}))
        return self

    def open(self, text, aad=b"", derive=False):
        """The content of an envelope; fails when it was changed."""
        envelope = {key: base64.b64decode(value, validate=True)
                    for key, value in json.loads(text).items()}
        assert set(envelope) == {
            "curve25519_public_key", "nonce", "encrypted_payload"}
        theirs = envelope["curve25519_public_key"]
        key = x25519(self.private, theirs)
        if derive:
            key = hkdf(key, *sorted((self.public, theirs)))
        return aes_gcm(key, envelope["nonce"],
                       envelope["encrypted_payload"], aad)


def x25519(scalar, point):
    """RFC 7748, section 5."""
    number = int.from_bytes(scalar, "little")
    number = number & ~7 & ~(1 << 255) | 1 << 254
    x1 = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in reversed(range(255)):
        chosen = number >> bit & 1
        if chosen:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a, c * b
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        aa, bb = a * a % P, b * b % P
        e = aa - bb
        x2, z2 = aa * bb % P, e * (aa + A24 * e) % P
        if chosen:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def hkdf(secret, salt, info):
    """RFC 5869 with SHA-256, 32 bytes."""
    key = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(key, info + b"\x01", hashlib.sha256)


def aes_gcm(key, nonce, payload, aad):
    """NIST SP 800-38D: ciphertext and tag, nonce of 12 bytes."""
    assert len(nonce) == 12
    sealed, tag = payload[:-TAG_BYTES], payload[-TAG_BYTES:]
    first = nonce + (1).to_bytes(4, "big")
    mask = aes(key, "ecb", first)
    lengths = (len(aad) * 8).to_bytes(8, "big") + (
        len(sealed) * 8).to_bytes(8, "big")
    digest = ghash(aes(key, "ecb", bytes(16)),
                   padded(aad) + padded(sealed) + lengths)
    wanted = bytes(a ^ b for a, b in zip(digest, mask))
    assert hmac.compare_digest(wanted, tag), "the tag does not fit"
    return aes(key, "ctr", sealed, nonce + (2).to_bytes(4, "big"))


def aes(key, mode, data, iv=None):
    """AES-256 by openssl, without padding."""
    command = ["openssl", "enc", f"-aes-256-{mode}", "-nopad",
               "-K", key.hex()]
    if iv is not None:
        command += ["-iv", iv.hex()]
    return subprocess.run(
        command, input=data, capture_output=True, check=True).stdout


def ghash(key, data):
    """The digest of GCM over whole blocks."""
    factor = int.from_bytes(key, "big")
    value = 0
    for at in range(0, len(data), 16):
        value = multiply(
            value ^ int.from_bytes(data[at:at + 16], "big"), factor)
    return value.to_bytes(16, "big")


def multiply(x, y):
    """In the field of GHASH."""
    product = 0
    for bit in reversed(range(128)):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (FIELD if y & 1 else 0)
    return product


def padded(data):
    """Filled up with zeros to whole blocks."""
    return data + bytes(-len(data) % 16)
