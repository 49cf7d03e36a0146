"""The command line says on which end it speaks, and how it ended."""

import os
import signal
import subprocess

import pytest

from support import settings
from support.fake import Fake
from support.waiting import until

COMMANDS = ("proxy", "agent", "check", "dump", "kubernetes-login", "status",
            "version")
NOBODY = "-address=http://127.0.0.1:1"


def run(binary, *args, **options):
    """A finished process."""
    return subprocess.run(
        [str(binary), *args], text=True, env={}, stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE, timeout=60, check=False,
        **{"stdout": subprocess.PIPE, **options})


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "-help", "--help"])
def test_each_command_has_a_help_of_its_own(binary, command, flag):
    told = run(binary, command, flag)
    assert (told.returncode, told.stderr) == (0, "")
    name = "[proxy|agent]" if command in ("proxy", "agent") else command
    assert told.stdout.startswith(f"Usage: leasehold {name}")
    assert told.stdout == run(binary, "help", command).stdout
    assert all(len(line) <= 80 for line in told.stdout.splitlines())


@pytest.mark.parametrize("args", [["-h"], ["--help"], ["help"]])
def test_the_help_of_all_names_every_command(binary, args):
    told = run(binary, *args)
    assert (told.returncode, told.stderr) == (0, "")
    assert all(command in told.stdout for command in COMMANDS)


LISTENER = 'listener "tcp" {\n  address = "127.0.0.1:0"\n'


@pytest.mark.parametrize("config,words", [
    ('pid_file = "/none/pid"\n', "pid_file: cannot open directory /none: "),
    ('vault { ca_cert = "/none.pem" }\n', "vault: cannot open /none.pem: "),
    ('cache {\n persist "file" {\n  path = "/tmp/none"\n'
     '  key_file = "/none/key"\n }\n}\n',
     "cache.persist: cannot open /none/key: "),
    (LISTENER + 'tls_cert_file = "/none.pem"\n'
     'tls_key_file = "/none.key"\n}\n',
     "127.0.0.1:0: TLS certificate: /none.pem: ")])
def test_a_start_that_fails_names_the_setting(
        binary, tmp_path, config, words):
    path = tmp_path / "a.hcl"
    path.write_text(config + LISTENER + "  tls_disable = true\n}\n")
    told = run(binary, f"-config={path}")
    assert told.returncode == 1
    assert f"leasehold: {words}No such file or directory" in told.stderr


@pytest.mark.parametrize("args,words,hint", [
    (["bogus"], 'unknown command "bogus"', "leasehold -h"),
    (["help", "bogus"], 'unknown command "bogus"', "leasehold -h"),
    (["-bogus"], 'unknown flag "-bogus"', "leasehold -h"),
    (["status", "-bogus=1"], 'unknown flag "-bogus=1"', "leasehold status -h"),
    (["status", "extra"], 'unknown argument "extra"', "leasehold status -h"),
    (["version", "extra"], 'unknown argument "extra"',
     "leasehold version -h"),
    (["status", "-address"], 'flag "-address" needs a value',
     "leasehold status -h"),
    (["status", "-format=yaml"], "is table or json", "leasehold status -h"),
    (["check", "-json"], 'flag "-json" belongs to status',
     "leasehold check -h"),
    (["kubernetes-login", "-address=http://127.0.0.1:1"],
     'flag "-address" has no place here', "leasehold kubernetes-login -h"),
    (["agent", "-watch"], 'flag "-watch" belongs to status',
     "leasehold proxy -h")])
def test_a_mistake_is_told_in_two_lines(binary, args, words, hint):
    told = run(binary, *args)
    assert (told.returncode, told.stdout) == (1, "")
    first, second = told.stderr.splitlines()
    assert words in first and hint in second


@pytest.mark.parametrize("args", [["version"], ["-version"], ["-v"],
                                  ["--version"]])
def test_the_version_is_one_line(binary, args):
    told = run(binary, *args)
    assert (told.returncode, told.stderr) == (0, "")
    line, = told.stdout.splitlines()
    assert line.startswith("leasehold v")


def test_check_tells_verdict_and_reasons_apart(binary, tmp_path):
    good = tmp_path / "good.hcl"
    good.write_text('listener "tcp" {\n  tls_disable = true\n}\n'
                    'cluster_name = "blue"\n')
    told = run(binary, "check", str(good))
    assert told.returncode == 0
    assert told.stdout == "the configuration is valid\n"
    assert f"{good}:4: warning: " in told.stderr
    for args in (["check", "-config", str(good)],
                 ["agent", f"-config={good}", "-test-verify-only",
                  "-agent-address=http://127.0.0.1:1",
                  "-disable-gated-logs"]):
        assert run(binary, *args).stdout == told.stdout
    bad = tmp_path / "bad.hcl"
    bad.write_text("log_level = \n")
    told = run(binary, "check", str(good), str(bad))
    assert (told.returncode, told.stdout) == (1, "")
    assert f"{bad}:2: " in told.stderr
    told = run(binary, "check", str(tmp_path / "nothing"))
    assert (told.returncode, told.stdout) == (1, "")
    assert "No such file" in told.stderr
    assert run(binary, "check").returncode == 1


def test_a_configuration_may_come_through_a_pipe(binary):
    """As of a shell's <(...); its writer may take a moment."""
    with subprocess.Popen(
            [str(binary), "check", "/dev/stdin"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={},
            text=True) as process:
        process.stdin.write('listener "tcp" {\n')
        process.stdin.flush()
        told = process.communicate("  tls_disable = true\n}\n", timeout=60)
    assert told == ("the configuration is valid\n", "")


def test_a_flag_of_a_command_may_be_false(binary, tmp_path):
    good = tmp_path / "good.hcl"
    good.write_text('listener "tcp" {\n  tls_disable = true\n}\n')
    told = run(binary, "check", str(good), "-version=false")
    assert told.stdout == "the configuration is valid\n"
    told = run(binary, "check", str(good), "-version=perhaps")
    assert told.returncode == 1
    assert 'flag "-version" is true or false' in told.stderr


@pytest.mark.parametrize("args", [["version"], ["-h"], ["check"], ["dump"]])
def test_what_cannot_be_printed_is_a_failure(binary, tmp_path, args):
    path = tmp_path / "good.hcl"
    path.write_text('listener "tcp" {\n  tls_disable = true\n}\n')
    if args[0] in ("check", "dump"):
        args = [*args, str(path)]
    with open("/dev/full", "wb") as full:
        told = run(binary, *args, stdout=full)
    assert told.returncode == 1
    assert "No space left" in told.stderr


@pytest.fixture
def address(daemons, upstream):
    """Where a daemon answers."""
    daemon = daemons.start(settings.proxy(upstream.address))
    return "-address=http://" + daemon.addresses()[0]


def test_status_has_the_formats_that_are_usual(binary, address):
    table = run(binary, "status", address)
    assert (table.returncode, table.stderr) == (0, "")
    assert table.stdout.startswith("leasehold")
    assert run(binary, "status", address, "-format=table").stdout[:9] == \
        "leasehold"
    for flag in ("-json", "--json", "-format=json"):
        told = run(binary, "status", address, flag)
        assert (told.returncode, told.stderr) == (0, "")
        assert told.stdout.startswith("{") and '"ready": true' in told.stdout


def test_status_asks_here_what_listens_everywhere(binary, daemons):
    leasehold = daemons.start(
        'listener "tcp" {\n  address = ":0"\n  tls_disable = true\n'
        '  allow_remote = true\n}\n')
    port = leasehold.addresses()[0].rpartition(":")[2]
    leasehold.write_config(leasehold.config.replace(":0", f":{port}"))
    told = run(binary, "status", f"-config={leasehold.config_path}")
    assert told.stderr == ""
    assert told.stdout.startswith("leasehold ")


def test_status_that_cannot_ask_speaks_on_the_error_output(binary):
    for flags in ([], ["-json"]):
        told = run(binary, "status", NOBODY, *flags)
        assert (told.returncode, told.stdout) == (1, "")
        line, = told.stderr.splitlines()
        assert "http://127.0.0.1:1" in line
    told = run(binary, "status", "-address=127.0.0.1:8200")
    assert told.returncode == 1 and "must be http://" in told.stderr
    with Other() as other:
        told = run(binary, "status", f"-address={other.address}")
    assert (told.returncode, told.stdout) == (1, "")


class Other(Fake):
    """Something that is no leasehold."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def test_a_watch_ends_when_nobody_reads_it(binary, address):
    reader, writer = os.pipe()
    with subprocess.Popen([str(binary), "status", "-watch", address],
                          stdout=writer, stderr=subprocess.DEVNULL) as watch:
        os.close(writer)
        assert os.read(reader, 1)
        os.close(reader)
        assert watch.wait(60) in (1, -signal.SIGPIPE)


def test_a_watch_goes_on_while_nobody_answers(binary, tmp_path):
    errors = tmp_path / "errors"
    with open(errors, "wb") as output:
        with subprocess.Popen([str(binary), "status", "-watch", NOBODY],
                              stdout=subprocess.DEVNULL,
                              stderr=output) as watch:
            until(lambda: len(errors.read_text().splitlines()) >= 2, 60,
                  "a second try")
            watch.send_signal(signal.SIGINT)
            assert watch.wait(60) == 1
    assert "refused" in errors.read_text()
