"""Runs commands in a root that contrib/container/make-root.sh has made.

No engine is needed: support/confine.py does what a kubelet would. Needs root,
and a kernel that lets it mount.
"""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from support import daemon
from support.waiting import until

MAKE_ROOT = daemon.ROOT / "contrib" / "container" / "make-root.sh"
CONFINE = pathlib.Path(__file__).with_name("confine.py")
USER, GROUP = 100, 1000
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
VOLUMES = ("/home/vault", "/vault/secrets")


@functools.cache
def obstacle():
    """Why this machine cannot run containers so, or None."""
    if os.geteuid() != 0:
        return "needs root, to mount and to become another user"
    if not pathlib.Path("/bin/busybox").exists():
        return "no busybox (package busybox-static)"
    probe = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True, text=True, check=False)
    return None if probe.returncode == 0 else (
        "this machine does not let us mount: " + probe.stderr.strip())


def make_root(binary, folder, *kind):
    """A root file system made by the script of the images."""
    subprocess.run(["bash", str(MAKE_ROOT), str(binary), str(folder), *kind],
                   check=True)
    return pathlib.Path(folder)


class Container:
    """A read-only root, volumes, and the command that runs there."""

    def __init__(self, root, folder, **env):
        """folder: for the log, and files laid into the container."""
        self.root = pathlib.Path(root)
        self.folder = pathlib.Path(folder)
        self.env = {"PATH": PATH, "HOME": "/home/vault", **env}
        self.files = {}
        self.volumes = {}
        for path in VOLUMES:
            self.add_volume(path)
        self.log_path = self.folder / "container.log"
        self.process = None

    def lay(self, path, text):
        """A file of the container with this content, read-only."""
        source = self.folder / path.strip("/").replace("/", "-")
        source.write_text(text)
        source.chmod(0o644)
        self.files[path] = str(source)
        target = self.root / path.strip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()      # what it is mounted on

    def add_volume(self, path):
        """An empty folder of the user's, like an emptyDir."""
        source = self.folder / path.strip("/").replace("/", "-")
        source.mkdir()
        os.chown(source, USER, GROUP)
        self.volumes[path] = str(source)
        (self.root / path.strip("/")).mkdir(parents=True, exist_ok=True)

    def _command(self, command):
        told = {"root": str(self.root), "volumes": self.volumes,
                "files": self.files, "user": USER, "group": GROUP,
                "command": list(command), "env": self.env}
        return [sys.executable, str(CONFINE), json.dumps(told)]

    def run(self, *command, seconds=60):
        """Run a command to its end."""
        return subprocess.run(self._command(command), capture_output=True,
                              text=True, timeout=seconds, check=False)

    def start(self, *command):
        """Start a command that stays; its output is the log."""
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                self._command(command), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)
        return self

    def start_listening(self, *command):
        """Start a daemon; returns the address it tells."""
        self.start(*command)
        found = until(self._address, 30, "a listener in the container")
        return found

    def _address(self):
        if self.process.poll() is not None:
            raise AssertionError(
                f"ended with {self.process.returncode}\n{self.log()}")
        return next(iter(daemon.OPENED.findall(self.log())), None)

    def log(self):
        """What the command has written so far."""
        return self.log_path.read_text(errors="replace")

    def path(self, path):
        """A file of a volume, as the host sees it."""
        volume = max((each for each in self.volumes
                      if path.startswith(each + "/")), key=len)
        return pathlib.Path(self.volumes[volume] + path[len(volume):])

    def wait(self, seconds=30):
        """Wait for its end; returns the exit status."""
        return self.process.wait(seconds)

    def stop(self):
        """Kill it, if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def describe(self):
        """For the report of a failed test."""
        return self.log() if self.log_path.exists() else ""


class Containers:
    """All containers of one test."""

    def __init__(self, root, folder):
        self.root = root
        self.folder = pathlib.Path(folder)
        self.all = []

    def create(self, **env):
        """A container that nothing runs in yet."""
        folder = self.folder / f"container{len(self.all)}"
        folder.mkdir()
        self.all.append(Container(self.root, folder, **env))
        return self.all[-1]

    def stop(self):
        """Kill what still runs."""
        for container in self.all:
            container.stop()

    def describe(self):
        """For the report of a failed test."""
        return "\n----\n".join(each.describe() for each in self.all)


class Roots:
    """The roots of a session, made when first asked for."""

    def __init__(self, binary):
        self.binary = binary
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leasehold-root."))
        self.folder.chmod(0o755)
        self.made = {}

    def get(self, *kind):
        """The root of an image: no word for the program alone."""
        if kind not in self.made:
            path = self.folder / "-".join(("root", *kind))
            self.made[kind] = make_root(self.binary, path, *kind)
        return self.made[kind]

    def remove(self):
        """Remove them."""
        shutil.rmtree(self.folder, ignore_errors=True)
