#!/usr/bin/python3
"""Starts what leasehold stands in front of in the demo.

usage: upstream.py FOLDER [--stand-in]

Puts into FOLDER what leasehold needs to log in (role_id, secret_id) and the
address of the server (address, written last), then waits until its standard
input is closed and stops what it has started.
"""

import contextlib
import pathlib
import signal
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
sys.path.insert(0, str(TOP / "contrib" / "demo"))

from standin import StandIn                             # noqa: E402
from support.postgres import Postgres, find_programs    # noqa: E402
from support.vault import Vault, find_server            # noqa: E402


def choose(wants_stand_in):
    """A server program and None, or None and why the stand-in is taken."""
    if wants_stand_in:
        return None, "it was asked for"
    if find_programs() is None:
        return None, "there is no PostgreSQL to lease credentials of"
    return find_server()


def start_real(program, folder, stack):
    """A real server with a real PostgreSQL; its address."""
    postgres = Postgres()
    stack.callback(postgres.stop)
    postgres.start()
    vault = Vault(program)
    stack.callback(vault.stop)
    vault.start()
    vault.database(postgres)
    for file in vault.approle("demo", folder, token_ttl="1h"):
        file.rename(folder / file.suffix[1:])
    print(f"server: {vault.version}\nwith PostgreSQL on port {postgres.port}",
          file=sys.stderr, flush=True)
    return vault.address


def start_stand_in(reason, folder, stack):
    """The stand-in; its address."""
    for name in ("role_id", "secret_id"):
        (folder / name).write_text("demo")
    standin = StandIn(reason)
    stack.callback(standin.stop)
    return standin.address


def announce(folder, address):
    """Tell the address, whole or not at all."""
    draft = folder / "address.new"
    draft.write_text(address)
    draft.rename(folder / "address")


def main():
    """Start, tell, wait, stop."""
    folder = pathlib.Path(sys.argv[1])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(KeyboardInterrupt))
        program, reason = choose("--stand-in" in sys.argv[2:])
        if program:
            address = start_real(program, folder, stack)
        else:
            address = start_stand_in(reason, folder, stack)
        announce(folder, address)
        sys.stdin.read()


if __name__ == "__main__":
    main()
