"""Where log lines go besides a file: the journal, the system's logger."""

import os
import re
import socket

import pytest

from support import httpc
from support.waiting import until

pytestmark = pytest.mark.fake


class Logger:
    """The system's logger, at a path of the test's."""

    def __init__(self, path):
        self.path = str(path)
        self.lines = []
        self.socket = None
        self.open()

    def open(self):
        """Listen, anew."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(self.path)

    def close(self):
        """Be away."""
        self.socket.close()
        os.unlink(self.path)

    def find(self, pattern):
        """The first line that fits, among all that have come."""
        try:
            while True:
                self.lines.append(self.socket.recv(65536).decode())
        except BlockingIOError:
            pass
        return next((line for line in self.lines
                     if re.search(pattern, line)), None)

    def wait_for(self, pattern):
        """The same, once there is one."""
        return until(lambda: self.find(pattern), 30, pattern)


@pytest.fixture
def logger(folder):
    """A logger that listens."""
    logger = Logger(folder / "dev-log")
    yield logger
    logger.close()


def start_logging_to(logger, daemons, config):
    """A daemon that serves, and its client: its log has no address."""
    path = str(daemons.folder / "to-syslog.sock")
    del config['listener "tcp"']
    config['listener "unix"'] = {"address": path, "tls_disable": True}
    daemon = daemons.create({"log_output": "syslog", "log_facility": "local3",
                             "log_socket": logger.path, **config}).launch()
    logger.wait_for("auth.obtained")
    return daemon, httpc.Client(path)


def test_lines_go_to_the_systems_logger(daemons, config, logger):
    leasehold, client = start_logging_to(logger, daemons, config)
    assert client.get("/v1/kv1/a").status == 200
    line = logger.wait_for(r"request\.done")
    assert re.fullmatch(
        r"<158>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d "
        rf"leasehold\[{leasehold.pid}\]: \[INFO\]  request\.done .*", line)
    assert "[INFO]" not in leasehold.log()      # nothing on standard error


def test_a_logger_that_is_replaced_misses_nothing(daemons, config, logger):
    _, client = start_logging_to(logger, daemons, config)
    logger.close()
    assert client.get("/v1/kv1/a").status == 200
    logger.open()
    assert client.get("/v1/kv1/a?list=1").status == 200
    logger.wait_for(r"request\.done id=1 ")
    logger.wait_for(r"request\.done id=2 ")


def test_without_a_logger_there_is_no_start(daemons, config, folder):
    daemon = daemons.create(
        {"log_output": "syslog", "log_socket": str(folder / "none"),
         **config}, exit_status=1).launch()
    assert daemon.wait(30) == 1
    assert str(folder / "none") in daemon.log()


def test_the_journal_gets_priorities_and_no_times(daemons, config, folder):
    # Standard error is this file, before the daemon has it.
    config["vault"]["address"] = "http://127.0.0.1:1"
    daemon = daemons.create(config)
    daemon.log_path.touch()
    status = os.stat(daemon.log_path)
    daemon.options["env"] = {
        "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
    daemon.start()
    daemon.wait_for_log(r"^<6>\[INFO\]  listener\.opened ")
    daemon.wait_for_log(r"^<[34]>\[(WARN|ERROR)\] ", 30)
    assert not re.search(r"\dZ \[", daemon.log())


def test_a_closed_standard_output_is_no_connection(daemons, config, folder):
    path = folder / "closed.sock"
    del config['listener "tcp"']
    config['listener "unix"'] = {"address": str(path), "tls_disable": True}
    leasehold = daemons.create(config, wrapper=(
        "/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))
    leasehold.launch()

    def answers():
        try:
            return httpc.Client(str(path)).get("/v1/kv1/a").status == 200
        except OSError:
            return False
    until(answers, 30, "an answer")
    for number in range(3):
        assert os.readlink(
            f"/proc/{leasehold.pid}/fd/{number}") == "/dev/null"
