"""A PostgreSQL cluster of the test's own, run by an unprivileged user."""

import glob
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

from support.ports import Port
from support.waiting import until

PASSWORD = "superuser-of-the-test"


def find_programs():
    """The folder with initdb of the newest PostgreSQL, or None."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if not found:
        return None
    return str(max(pathlib.Path(path).parent for path in found))


def unprivileged():
    """The account to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


class Postgres:
    """The cluster: trusted on its unix socket, passwords on TCP."""

    def __init__(self):
        self.programs = find_programs()
        self.account = unprivileged()
        self.folder = tempfile.mkdtemp(prefix="leasehold-pg.")
        self.data = os.path.join(self.folder, "data")
        self.log_path = os.path.join(self.folder, "log")
        self.process = None
        self.held = Port()
        self.port = self.held.number
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)

    @property
    def url(self):
        """For the database engine of Vault."""
        return (f"postgresql://{{{{username}}}}:{{{{password}}}}"
                f"@127.0.0.1:{self.port}/postgres?sslmode=disable")

    def start(self):
        """Make the cluster and wait until it answers."""
        self._initdb()
        self._launch()
        until(self._answers, 120, "PostgreSQL to start")
        return self

    def stop(self):
        """Stop the cluster and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.held.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, sql, user="postgres", password=None):
        """Run SQL through psql; the rows as lists of texts."""
        result = self.try_query(sql, user, password)
        assert result.returncode == 0, result.stderr
        return [row.split("\t") for row in result.stdout.splitlines()]

    def try_query(self, sql, user="postgres", password=None):
        """Run SQL through psql; the finished process."""
        host = "127.0.0.1" if password else self.folder
        env = {"PATH": os.environ["PATH"], "PGPASSWORD": password or ""}
        return subprocess.run(
            ["psql", "-X", "-w", "-A", "-t", "-F", "\t", "-h", host,
             "-p", str(self.port), "-U", user, "-d", "postgres", "-c", sql],
            env=env, text=True, capture_output=True, timeout=60, check=False)

    def knows_role(self, name):
        """Whether the cluster has a role of that name."""
        quoted = name.replace("'", "''")
        return bool(self.query(
            f"SELECT 1 FROM pg_roles WHERE rolname = '{quoted}'"))

    def log(self):
        """What the server has written."""
        try:
            return pathlib.Path(self.log_path).read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def _initdb(self):
        secret = os.path.join(self.folder, "password")
        pathlib.Path(secret).write_text(PASSWORD)
        os.chmod(secret, 0o644)
        subprocess.run(
            [f"{self.programs}/initdb", "-D", self.data, "-U", "postgres",
             "-E", "UTF8", "--no-locale", "--no-sync", "--auth-local=trust",
             "--auth-host=scram-sha-256", f"--pwfile={secret}"],
            check=True, capture_output=True, cwd=self.folder,
            **self._identity())

    def _launch(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [f"{self.programs}/postgres", "-D", self.data, "-F",
                 "-k", self.folder, "-h", "127.0.0.1", "-p", str(self.port),
                 "-c", "max_connections=50"],
                stdout=log, stderr=log, cwd=self.folder, **self._identity())

    def _answers(self):
        assert self.process.poll() is None, (
            "PostgreSQL does not start:\n" + self.log())
        return self.try_query("SELECT 1").returncode == 0

    def _identity(self):
        # A session of its own: Ctrl-C is for us, and we stop it in order.
        identity = {"start_new_session": True}
        if self.account is not None:
            identity.update(user=self.account.pw_uid, extra_groups=[],
                            group=self.account.pw_gid)
        return identity
