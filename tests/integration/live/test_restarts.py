"""A hundred restarts under load: one login each, no request that had reached
the server without its answer."""

import itertools
import threading

import pytest

from support import httpc, settings
from support.ports import Port

pytestmark = [pytest.mark.live, pytest.mark.plain]

RESTARTS = 100
CLIENTS = 4
LOGIN = "auth/approle/login"


class Writers:
    """Clients that write to a path of its own each time, whoever listens."""

    def __init__(self, address):
        self.address = address
        self.over = threading.Event()
        self.numbers = itertools.count(1)
        self.done = 0
        self.lost = []          # paths of requests without an answer
        self.wrong = []         # answers that are no success
        self.threads = [threading.Thread(target=self._run)
                        for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _run(self):
        while not self.over.is_set():
            try:
                with httpc.Connection(self.address) as peer:
                    self._write(peer)
            except OSError:
                self.over.wait(0.005)   # nobody listens: between two lives

    def _write(self, peer):
        """Until the connection ends."""
        while not self.over.is_set():
            path = f"kv1/load/{next(self.numbers)}"
            try:
                reply = peer.request(
                    "PUT", f"/v1/{path}",
                    [("Content-Type", "application/json")], b'{"a":"b"}')
            except (OSError, httpc.Closed):
                self.lost.append(path)
                return
            if reply.status == 204:
                self.done += 1
            else:
                self.wrong.append(reply)
            if (reply.headers.get("Connection") or "").lower() == "close":
                return


@pytest.fixture
def port():
    """A port that stays ours between two lives."""
    held = Port()
    yield held.number
    held.close()


def test_a_hundred_restarts_make_a_hundred_logins(
        real_vault, daemons, folder, port):
    files = real_vault.approle(
        "restarts", folder, token_ttl="1h", secret_id_num_uses=200)
    before = real_vault.heard(LOGIN)
    config = settings.proxy(real_vault.address, settings.approle(*files))
    config['listener "tcp"']["address"] = f"127.0.0.1:{port}"
    daemon = daemons.create(config)
    with Writers(f"127.0.0.1:{port}") as writers:
        for number in range(1, RESTARTS + 1):
            daemon.final_log = None
            daemon.start().wait_ready()
            goal = writers.done + CLIENTS
            while writers.done < goal and not writers.wrong:
                writers.over.wait(0.002)
            daemon.stop()
            assert not writers.wrong, writers.wrong[0]
    assert real_vault.heard(LOGIN) - before == RESTARTS
    left = real_vault.call(
        "POST", "auth/approle/role/restarts/secret-id/lookup",
        {"secret_id": files[1].read_text()})["data"]["secret_id_num_uses"]
    assert left == 200 - RESTARTS
    answered_not = [path for path in writers.lost if real_vault.heard(path)]
    assert not answered_not
    assert writers.done >= RESTARTS * CLIENTS
