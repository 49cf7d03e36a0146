"""Builds the Debian package from a copy of the source."""

import os
import pathlib
import shutil
import subprocess

from support.daemon import ROOT

FOLDERS = ("contrib", "etc", "include", "src", "tests")
FILES = (".clang-format", "COPYING", "Makefile.am", "README.md",
         "configure.ac")
GENERATED = shutil.ignore_patterns(
    "*.o", "*.a", "*.log", "*.trs", ".deps", ".dirstamp", "__pycache__",
    "corpus", "integration")
SECONDS = 900
# Not optimised: it is the package that is looked at, not the program.
OPTIONS = "nocheck noautodbgsym noopt parallel=2"


def run(*command, cwd=None, env=None):
    """Run a program to its good end; what it says."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=SECONDS)
    text = done.stdout.decode(errors="replace")
    assert done.returncode == 0, f"{command}: {text[-6000:]}"
    return text


def copy_source(to):
    """The source as in a fresh clone, debian/ where it is looked for."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, to / folder, ignore=GENERATED)
    for file in FILES:
        shutil.copy(ROOT / file, to / file)
    shutil.copytree(to / "contrib" / "debian", to / "debian")


class Package:
    """The package, built once."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        source = self.folder / "leasehold"
        source.mkdir()
        copy_source(source)
        run("dpkg-buildpackage", "-us", "-uc", "-b", cwd=source, env={
            **os.environ, "DEB_CFLAGS_APPEND": "-g0",
            "DEB_BUILD_OPTIONS": OPTIONS})
        self.path = self._one("leasehold_*.deb")
        self.changes = self._one("leasehold_*.changes")
        self.root = self.folder / "root"
        run("dpkg-deb", "-x", self.path, self.root)
        self.control = self.folder / "control"
        run("dpkg-deb", "-e", self.path, self.control)

    def _one(self, pattern):
        [path] = self.folder.glob(pattern)
        return path

    def field(self, name):
        """A field of its control file."""
        return run("dpkg-deb", "-f", self.path, name).strip()

    def listing(self):
        """Path to mode and owner, without what is a folder."""
        rows = (line.split(None, 5) for line in run(
            "dpkg-deb", "-c", self.path).splitlines())
        return {row[5].removeprefix("."): (row[0], row[1]) for row in rows
                if not row[0].startswith("d")}
