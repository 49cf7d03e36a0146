"""Clients that read without a pause, and what did not go well."""

import threading

from support.waiting import until

SECONDS = 70    # longer than any request may take


class Readers:
    """Threads with a connection each, reading one path again and again."""

    def __init__(self, leasehold, path, count=4, headers=()):
        self.leasehold = leasehold
        self.path = path
        self.headers = list(headers)
        self.lock = threading.Lock()
        self.done = 0
        self.failed = []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._read, daemon=True)
                        for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def _read(self):
        try:
            with self.leasehold.connection(timeout=SECONDS) as peer:
                while not self.ended.is_set():
                    reply = peer.request("GET", self.path, self.headers)
                    self._note(None if reply.status == 200 else reply)
        except Exception as problem:    # told by stop()
            self._note(problem)

    def _note(self, failure):
        with self.lock:
            self.done += 1
            if failure is not None:
                self.failed.append(failure)

    def wait_for(self, more):
        """Wait until so many further reads were answered."""
        goal = self.done + more
        until(lambda: self.done >= goal, SECONDS, f"{goal} answers")

    def stop(self):
        """End them; what failed."""
        self.ended.set()
        for thread in self.threads:
            thread.join(SECONDS)
            assert not thread.is_alive()
        return self.failed
