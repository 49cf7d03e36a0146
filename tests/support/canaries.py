"""Searches what a daemon has left behind for secrets.

Every token of a test is recognisable: hvs.fake..., hvs.CANARY..., and those of
real servers by their form. The secret ids, passwords and values that fixtures
make hold the word of MARKED. After each test they may be where the list below
says, and nowhere else: not in a log, not in a file that the daemon has made,
not in status or metrics, not in memory that a core would hold.
"""

import re

from support import memory

TOKEN = re.compile(
    rb"\bhv[sbr]\.[A-Za-z0-9][\w-]{3,}|\bs\.[A-Za-z0-9]{24,}\b")
INSIDE = re.compile(        # memory holds too much that looks like "s.abc..."
    rb"\bhv[sbr]\.[A-Za-z0-9][\w-]{3,}|canary-[\w-]+"
    rb"|secret_id-of-the-(?:test|row)")
SIGNS = (b"hvs.", b"hvb.", b"hvr.", b"canary-", b"secret_id-of-the-")
MARKED = re.compile(rb"secret_id-of-the-(test|row)|canary-[\w-]+")
MOST_BYTES = 8 * 1024 * 1024
SCRAPED = ("/leasehold/v1/status", "/leasehold/v1/metrics",
           "/leasehold/v1/ready", "/agent/v1/metrics")

# Files that may hold a secret, by how they are known, and why.
NAMED = "a path in the configuration: a sink, or a file that the test wrote"
WRITTEN = "made by the test before the daemon began"
SANITIZER = "not a file of the daemon's"

# What memory that a core would hold may have, and why.
KEPT = re.compile(          # an answer in the cache, with all that is in it
    r"hv[sbr]\.|canary-")


def found_in(data):
    """The secrets in some bytes, each once."""
    found = {match[0] for match in TOKEN.finditer(data)}
    found.update(match[0] for match in MARKED.finditer(data))
    return sorted(text.decode() for text in found)


def reason_for(path, config, born):
    """Why a file may hold secrets; None: it may not."""
    if path.name.startswith("sanitizer"):
        return SANITIZER
    if path.suffix != ".log" and path.name != "log" and str(path) in config:
        return NAMED
    if path.name == "leasehold.hcl" or path.stat().st_mtime < born:
        return WRITTEN
    return None


def search(folder, config, born):
    """Files below a folder with secrets in them that have no reason."""
    problems = []
    for path in sorted(folder.rglob("*")):
        try:
            if not path.is_file() or path.is_symlink():
                continue
            if reason_for(path, config, born) is not None:
                continue
            with open(path, "rb") as file:
                found = found_in(file.read(MOST_BYTES))
        except OSError:
            continue        # gone meanwhile, or a socket
        if found:
            problems.append(f"{path}: {', '.join(found[:5])}")
    return problems


def scrape(client):
    """Secrets in what a living daemon tells of itself."""
    problems = []
    for target in SCRAPED:
        try:
            reply = client.get(target)
        except Exception:   # TLS, rules, limits: what the test is about
            return problems
        if reply.status == 200 and (found := found_in(reply.body)):
            problems.append(f"{target}: {', '.join(found[:5])}")
    return problems


def in_memory(pid, keeps_answers):
    """Secrets in memory that a core would hold, without a reason."""
    found = set()
    for data, is_dumped in memory.pieces(pid):
        if is_dumped and any(sign in data for sign in SIGNS):
            found.update(match[0].decode() for match in INSIDE.finditer(data))
    return sorted(text for text in found
                  if not (keeps_answers and KEPT.match(text)))
