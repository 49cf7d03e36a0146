"""Bad configurations are refused with a message one can act on, at once.

Each file of bad_configs begins with a comment that tells what the message
must hold, "# expect: LINE: text"; JSON has no comments, there the same text
lies in a file NAME.expect.
"""

import pathlib
import re
import resource
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "bad_configs"
FILES = sorted(path for path in FOLDER.glob("*")
               if path.suffix in (".hcl", ".json"))
SECONDS = 1.0


def expected(path):
    """What the message about a file must hold."""
    if path.suffix == ".json":
        return path.with_suffix(".expect").read_text().strip()
    first = path.read_text(errors="replace").splitlines()[0]
    return re.fullmatch(r"# expect: (.+)", first)[1].strip()


def check(binary, path):
    """Run leasehold check; its finished process and how long it worked."""
    before = worked()
    result = subprocess.run(
        [str(binary), "check", str(path)], text=True, env={},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=30, check=False)
    return result, worked() - before


def worked():
    """Seconds that processes which have ended were on a core."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_there_are_forty_files():
    assert len(FILES) >= 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_bad_configuration_is_refused(binary, path):
    result, seconds = check(binary, path)
    assert result.returncode == 1, result.stdout
    assert expected(path) in result.stdout
    assert seconds < SECONDS


def test_a_good_configuration_is_accepted(binary, tmp_path):
    path = tmp_path / "good.hcl"
    path.write_text('vault {\n  address = "http://127.0.0.1:1"\n}\n'
                    'listener "tcp" {\n  tls_disable = true\n}\n')
    result, _ = check(binary, path)
    assert result.returncode == 0, result.stdout
