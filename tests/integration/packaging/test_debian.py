"""The Debian package: builds, pleases lintian, holds what a service needs."""

import re
import shutil
import subprocess

import pytest

from support import debian
from support.daemon import ROOT

pytestmark = [pytest.mark.plain, pytest.mark.skipif(
    not shutil.which("dpkg-buildpackage"), reason="not on Debian")]


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The package, built once for all."""
    return debian.Package(tmp_path_factory.mktemp("debian"))


def test_lintian_finds_no_error(package):
    debian.run("lintian", "--fail-on", "error", package.changes)


def test_what_is_in_it(package):
    files = package.listing()
    doc = "/usr/share/doc/leasehold/"
    wanted = {
        "/etc/leasehold/leasehold.hcl": "-rw-r--r--",
        "/lib/systemd/system/leasehold.service": "-rw-r--r--",
        "/lib/systemd/system/leasehold.socket": "-rw-r--r--",
        "/usr/lib/sysusers.d/leasehold.conf": "-rw-r--r--",
        "/usr/lib/tmpfiles.d/leasehold.conf": "-rw-r--r--",
        "/usr/sbin/leasehold": "-rwxr-xr-x",
        "/usr/share/man/man5/leasehold.conf.5.gz": "-rw-r--r--",
        "/usr/share/man/man8/leasehold.8.gz": "-rw-r--r--",
    }
    assert {path: mode for path, (mode, _) in files.items()
            if not path.startswith(doc)} == wanted
    assert {owner for _, owner in files.values()} == {"root/root"}
    assert doc + "leasehold-pod.hcl" in files
    conffiles = (package.control / "conffiles").read_text().split()
    assert conffiles == ["/etc/leasehold/leasehold.hcl"]


def test_units_are_those_of_the_source(package):
    for unit in ("leasehold.service", "leasehold.socket"):
        packed = package.root / "lib/systemd/system" / unit
        assert packed.read_text() == (
            ROOT / "contrib/systemd" / unit).read_text()


def test_it_starts_nothing_before_it_is_enabled(package):
    postinst = (package.control / "postinst").read_text()
    assert "systemd-sysusers" in postinst
    assert "systemd-tmpfiles" in postinst
    # Enabled again only where it was; deb-systemd-invoke starts what is.
    assert not re.search(r"was-enabled[^\n]*\n[^\n]*\n[^\n]*else", postinst)
    assert not re.search(r"systemctl (enable|start)", postinst)


def test_the_program_in_it_runs(package):
    program = package.root / "usr/sbin/leasehold"
    version = package.field("Version")
    assert debian.run(program, "version").strip() == f"leasehold v{version}"
    done = subprocess.run(
        [program, "check", package.root / "etc/leasehold/leasehold.hcl"],
        capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "libevent" in package.field("Depends")
