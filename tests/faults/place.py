"""Where a row of the table happens: a folder, an upstream, daemons."""

import dataclasses
import pathlib
import shutil
import tempfile

from support import clock, settings
from support.daemon import Daemons
from support.fake import Fake
from support.fake_leases import Leases
from support.fake_tokens import Tokens

ONE_TRY = {"num_retries": -1}


@dataclasses.dataclass
class Row:
    """What a fault did."""

    app: str
    vault: str
    lost: str


class Place:
    """Made for one row, cleaned up after it."""

    def __init__(self, binary, effort=None):
        """effort: how many calls of a kind a sweep fails; None: by the
        ways that lead there."""
        self.binary = binary
        self.effort = effort
        self.problems = []

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leasehold-row."))
        self.folder.chmod(0o755)
        self.daemons = Daemons(self.binary, self.folder)
        self.upstream = Fake()
        self.others = []
        self.tokens = Tokens(self.upstream)
        self.tokens.kv("/v1/kv1/a", {"color": "blue"})
        self.leases = Leases(self.tokens)
        return self

    def __exit__(self, *_):
        try:
            self.daemons.stop()
        finally:
            for server in (self.upstream, *self.others):
                server.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    def serve(self, server):
        """Another server, which is stopped at the end."""
        self.others.append(server)
        return server

    def moved(self):
        """A clock that all in this place live by."""
        moved = clock.Clock(self.folder)
        self.upstream.now = self.tokens.now = moved.now
        return moved

    def method(self, **more):
        """The auto_auth block."""
        files = self.folder / "role_id", self.folder / "secret_id"
        for path in files:
            path.write_text(f"{path.name}-of-the-row")
        return settings.approle(*files, **more)

    def config(self, vault=None, auth=True, **more):
        """The usual configuration; vault: more for its block."""
        config = settings.proxy(
            self.upstream.address,
            self.method(min_backoff="50ms", max_backoff="200ms")
            if auth else None, cache={}, **more)
        config["vault"].update({"retry": ONE_TRY, **(vault or {})})
        return config

    def start(self, config=None, **options):
        """A daemon that listens."""
        return self.daemons.start(config or self.config(), **options)

    def ready(self, config=None, **options):
        """A daemon that has its token."""
        return self.start(config, **options).wait_ready(30)
