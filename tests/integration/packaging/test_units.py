"""The units: well formed, confined, and fit for the sample beside them."""

import re
import shutil
import subprocess

import pytest

from support.daemon import ROOT

pytestmark = [pytest.mark.plain, pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="without systemd-analyze")]

UNITS = ROOT / "contrib/systemd"
SAMPLE = ROOT / "etc/leasehold-host.hcl"
EXPOSURE_MAX = 20       # tenths


def analyze(*words):
    """What systemd-analyze says; it must be content."""
    done = subprocess.run(
        ["systemd-analyze", *map(str, words)], check=False, timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode()
    assert done.returncode == 0, text
    return text


def test_the_service_is_hardly_exposed():
    text = analyze("security", "--no-pager", "--offline=true",
                   f"--threshold={EXPOSURE_MAX}", UNITS / "leasehold.service")
    assert float(re.search(r"Overall exposure .*: ([0-9.]+)", text)[1]) < 2.0


def test_the_units_are_well_formed(tmp_path, binary):
    for unit in ("leasehold.service", "leasehold.socket"):
        text = (UNITS / unit).read_text()
        (tmp_path / unit).write_text(
            text.replace("/usr/sbin/leasehold", str(binary)))
    text = analyze("verify", "--man=no", tmp_path / "leasehold.service",
                   tmp_path / "leasehold.socket")
    # Other units of this machine may be complained of.
    assert "leasehold" not in text, text


def settings(unit, name):
    """The values of a setting, in order."""
    return re.findall(rf"^{name}=(.*)$", (UNITS / unit).read_text(), re.M)


def test_the_sample_fits_the_units():
    sample = SAMPLE.read_text()
    for path in settings("leasehold.socket", "ListenStream"):
        assert f'"{path}"' in sample
    prefix = settings("leasehold.service", "LoadCredential")[0].split(":")[0]
    for name in ("role-id", "secret-id"):
        assert (f'"/run/credentials/leasehold.service/{prefix}_{name}"'
                in sample)
    assert "remove_secret_id_file_after_reading = false" in sample


def test_what_locks_memory_and_confines_itself_is_allowed():
    allowed = " ".join(settings("leasehold.service", "SystemCallFilter"))
    for word in ("@system-service", "seccomp", "landlock_restrict_self"):
        assert word in allowed
    listing = analyze("syscall-filter", "@system-service", "@memlock")
    assert "mlockall" in listing
    assert settings("leasehold.service", "LimitMEMLOCK") == ["infinity"]


def test_the_user_is_made(tmp_path):
    (tmp_path / "etc").mkdir()
    made = subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}",
         UNITS / "leasehold.sysusers"], check=False, capture_output=True)
    assert made.returncode == 0, made.stderr
    user = next(line for line in (tmp_path / "etc/passwd").read_text()
                .splitlines() if line.startswith("leasehold:"))
    assert user.endswith("/usr/sbin/nologin")
