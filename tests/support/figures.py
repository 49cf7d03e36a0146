"""Figures out of Prometheus text."""

import re

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$")


def parse(text):
    """Samples by name with its labels, as they stand in the text."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        match = SAMPLE.match(line)
        assert match, line
        name = match[1] + (match[2] or "")
        assert name not in found, line
        found[name] = float(match[3])
    return found


def read(daemon, path="/leasehold/v1/metrics"):
    """What a daemon's metrics say now."""
    reply = daemon.client().get(path)
    assert reply.status == 200, reply.body
    return parse(reply.body.decode())


class Change:
    """What moved between two looks."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.before = read(daemon)

    def of(self, name, **labels):
        """By how much a figure of ours moved."""
        inner = ",".join(f'{k}="{v}"' for k, v in labels.items())
        name = f"leasehold_{name}" + (f"{{{inner}}}" if inner else "")
        return read(self.daemon)[name] - self.before[name]
