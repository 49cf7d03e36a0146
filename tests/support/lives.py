"""One leasehold after another over the same persistent cache."""

import os
import signal

from support import settings
from support.fake_kv import Secrets

KEY = "0123456789abcdef-a key of the tests"


class Lives:
    """Runs a daemon, ends it in some way, runs the next."""

    def __init__(self, daemons, tokens, files, folder):
        self.daemons = daemons
        self.tokens = tokens
        self.files = files
        self.key_file = folder / "key"
        self.key_file.write_text(KEY)
        self.folder = folder / "persist"
        self.file = self.folder / "leasehold.cache"
        self.secrets = Secrets(tokens.fake, tokens)
        self.secrets.set("a", "value-of-a")

    def config(self, cache=None, persist=None, **more):
        """The configuration of a run; persist overrides its block."""
        block = {'persist "file"': {
            "path": str(self.folder), "key_file": str(self.key_file),
            **(persist or {})}}
        cache = {**(cache or {}), 'static "secret/*"': {}, **block}
        vault = {"address": self.tokens.fake.address,
                 "retry": {"num_retries": -1}}
        return settings.proxy(vault["address"], settings.approle(*self.files),
                              **{"cache": cache, "vault": vault, **more})

    def start(self, env=None, **config):
        """The next one, ready."""
        return self.daemons.start(
            self.config(**config), env=env or {}).wait_ready()

    def kill(self, daemon):
        """End it without a chance to do anything."""
        daemon.signal(signal.SIGKILL)
        daemon.options["exit_status"] = -signal.SIGKILL
        daemon.wait()

    def size(self):
        """Bytes of the file."""
        return os.stat(self.file).st_size
