"""Fixtures: the binary, its upstreams, and logs of both ends on failure."""

import os
import pathlib
import shutil
import tempfile

import pytest

from support import daemon, fake, postgres, vault
from support.fake_tokens import Tokens


def pytest_report_header(config):
    """Say what is under test and what it is tested against."""
    binary = daemon.find_binary()
    server, reason = _server(config)
    return [f"leasehold: {binary or 'not built'}",
            f"server: {server or reason}"]


def pytest_collection_modifyitems(config, items):
    """Skip what this machine or this binary cannot run, with the reason."""
    binary = daemon.find_binary()
    if binary is None:
        raise pytest.UsageError(
            "no leasehold binary: build it, or set LEASEHOLD_BIN")
    sanitized = daemon.has_sanitizers(binary)
    server, reason = _server(config)
    for item in items:
        if "live" in item.keywords and server is None:
            item.add_marker(pytest.mark.skip(reason=reason))
        if "plain" in item.keywords and sanitized:
            item.add_marker(pytest.mark.skip(
                reason="not for sanitizer builds"))


def _server(config):
    """Where the real server is; looked for once a session."""
    if not hasattr(config, "lh_server"):
        config.lh_server = vault.find_server()
    return config.lh_server


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Add the logs of both ends to the report of a failed test."""
    report = (yield).get_result()
    if not report.failed:
        return
    for name, value in getattr(item, "funcargs", {}).items():
        if hasattr(value, "describe"):
            report.sections.append((f"{call.when}: {name}", value.describe()))


@pytest.fixture(scope="session")
def binary():
    """The leasehold program under test."""
    return daemon.find_binary()


@pytest.fixture
def folder():
    """A folder that every user may enter, unlike tmp_path."""
    path = tempfile.mkdtemp(prefix="leasehold-test.")
    os.chmod(path, 0o755)
    yield pathlib.Path(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def daemons(binary, folder):
    """Starts daemons; all must end well when the test is over."""
    starter = daemon.Daemons(binary, folder)
    yield starter
    starter.stop()


@pytest.fixture
def upstream():
    """A scripted upstream."""
    server = fake.Fake()
    yield server
    server.stop()


@pytest.fixture
def tokens(upstream):
    """Tokens and leases on the scripted upstream."""
    return Tokens(upstream)


@pytest.fixture
def approle_files(folder):
    """Files with a role id and a secret id, for the scripted upstream."""
    paths = (folder / "role_id", folder / "secret_id")
    for path in paths:
        path.write_text(f"{path.name}-of-the-test")
        path.chmod(0o644)
    return paths


@pytest.fixture(scope="session")
def real_vault(pytestconfig):
    """A real server, its engines set up."""
    program, reason = _server(pytestconfig)
    if program is None:
        pytest.skip(reason)
    server = vault.Vault(program)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def real_postgres():
    """A real PostgreSQL."""
    if postgres.find_programs() is None:
        pytest.skip("no PostgreSQL: initdb is not in /usr/lib/postgresql")
    server = postgres.Postgres()
    try:
        yield server.start()
    finally:
        server.stop()
