"""The token renews, is replaced at its end, and after a revocation."""

import threading

import pytest

from support import settings
from support.waiting import until

pytestmark = pytest.mark.live

LOGIN = "auth/approle/login"
RENEW = "auth/token/renew-self"
CLIENTS = 50
READS_AFTER = 20


class ReadingClients:
    """Clients that read a path without pause and note what went wrong."""

    def __init__(self, leasehold, path, count):
        self.leasehold = leasehold
        self.path = path
        self.over = threading.Event()
        self.reads = [0] * count
        self.problems = []
        self.threads = [
            threading.Thread(target=self._run, args=(number,))
            for number in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def wait_for_reads(self, more, seconds=30.0):
        """Wait until every client has read so many times more."""
        goals = [count + more for count in self.reads]
        until(lambda: self.problems or all(
            have >= goal for have, goal in zip(self.reads, goals)),
            seconds, "the clients to read on")

    def _run(self, number):
        try:
            with self.leasehold.connection(timeout=30) as peer:
                while not self.over.is_set():
                    reply = peer.request("GET", self.path)
                    if reply.status != 200:
                        self.problems.append(reply)
                    self.reads[number] += 1
        except Exception as problem:    # a lost request of any kind counts
            self.problems.append(problem)


@pytest.fixture
def start(real_vault, daemons, login, folder):
    """Starts a ready daemon whose token goes to a sink, too."""
    real_vault.call("PUT", "kv1/life", {"color": "green"})

    def make(**role):
        auto_auth = {**login(**role), **settings.sink(folder / "token")}
        return daemons.start(settings.proxy(
            real_vault.address, auto_auth, cache={})).wait_ready()
    return make


@pytest.fixture
def heard(real_vault):
    """Counts what the server has heard since the test began."""
    before = {path: real_vault.heard(path) for path in (LOGIN, RENEW)}
    return lambda path: real_vault.heard(path) - before[path]


def test_a_token_of_ten_seconds_renews_for_three_periods(start, heard):
    leasehold = start(token_ttl="10s", token_max_ttl="10m")
    with ReadingClients(leasehold, "/v1/kv1/life", 1) as readers:
        until(lambda: heard(RENEW) >= 4, 45, "the renewals")
    assert not readers.problems
    assert heard(LOGIN) == 1
    assert leasehold.status()["token"]["generation"] == 1


def test_at_its_max_ttl_a_new_login_loses_no_request(start, heard):
    leasehold = start(token_ttl="4s", token_max_ttl="8s")
    with ReadingClients(leasehold, "/v1/kv1/life", 4) as readers:
        until(lambda: heard(LOGIN) >= 3, 40, "two new logins")
        readers.wait_for_reads(READS_AFTER)
    assert not readers.problems
    # A login is heard a moment before its token is there.
    until(lambda: leasehold.status()["token"]["generation"] == heard(LOGIN),
          30, "a token of each login")


def test_a_token_revoked_under_load_costs_one_login(
        start, heard, real_vault, folder):
    leasehold = start(token_ttl="1h")
    token = (folder / "token").read_text()
    with ReadingClients(leasehold, "/v1/kv1/life", CLIENTS) as readers:
        readers.wait_for_reads(READS_AFTER)
        assert heard(LOGIN) == 1
        real_vault.call("POST", "auth/token/revoke", {"token": token})
        readers.wait_for_reads(READS_AFTER)
    assert not readers.problems
    assert heard(LOGIN) == 2
    assert (folder / "token").read_text() != token
