"""Released clients of Vault, run as they are: see tests/clients."""

import os
import pathlib
import re
import subprocess

PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "clients" / "client"
CANNOT_BE_HAD = 77
MINUTE = 60
ERROR = re.compile(r"\W*(npm )?error\b", re.I)

# What each client does, in this order.
STEPS = (
    "kv1.write", "kv1.read", "kv1.list",
    "kv2.write", "kv2.read", "kv2.list",
    "transit.encrypt", "transit.decrypt", "transit.sign", "transit.verify",
    "database.read", "database.revoke", "token.lookup_self")


class Run:
    """What a client has printed."""

    def __init__(self, text):
        words = [line.split() for line in text.splitlines()]
        self.steps = [row[0] for row in words if row[1:] == ["ok"]]
        self.credentials = {row[0]: row[1:] for row in words
                            if row and row[0] in ("revoked", "living")}


def _call(verb, name, seconds, **env):
    return subprocess.run(
        [str(PROGRAM), verb, name], env={**os.environ, **env}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=seconds, check=False)


def _reason(text):
    """What a tool says first of an error; else its last word."""
    lines = text.strip().splitlines() or ["no reason was given"]
    errors = [line for line in lines if ERROR.match(line)]
    return (errors or lines[-1:])[0].strip()


def prepare(name):
    """Fetch and build a client; None, or the reason why it cannot be had."""
    done = _call("prepare", name, 30 * MINUTE)
    if done.returncode == CANNOT_BE_HAD:
        return f"{name} cannot be installed: {_reason(done.stdout)}"
    assert done.returncode == 0, f"{name} does not build:\n{done.stdout}"
    return None


def run(name, address):
    """Run all steps of a client that was prepared."""
    done = _call("run", name, 5 * MINUTE, VAULT_ADDR=address)
    assert done.returncode == 0, (
        f"{name} ended with {done.returncode}:\n{done.stdout}")
    return Run(done.stdout)
