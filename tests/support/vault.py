"""A real Vault or OpenBao server in development mode.

Looked for in this order: $LEASEHOLD_TEST_VAULT; bao or vault on PATH; the
program of tests/vault, built once with Go. tests/vault/find does the looking.
"""

import collections
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from support import certs, httpc, settings
from support.ports import Port
from support.postgres import PASSWORD
from support.waiting import until

FIND = pathlib.Path(__file__).resolve().parents[1] / "vault" / "find"
ROOT_TOKEN = "root-of-the-test"

POLICY = """
path "kv1/*" { capabilities = ["create","read","update","delete","list"] }
path "secret/*" { capabilities = ["create","read","update","delete","list"] }
path "transit/*" { capabilities = ["create","read","update"] }
path "database/creds/*" { capabilities = ["read"] }
path "database/static-creds/*" { capabilities = ["read"] }
path "pki/issue/*" { capabilities = ["create","update"] }
path "sys/leases/*" { capabilities = ["create","update"] }
"""

CREATE_ROLE = (
    "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}'"
    " VALID UNTIL '{{expiration}}'")


def find_server():
    """The path of a server program and None, or None and the reason."""
    result = subprocess.run(
        [str(FIND)], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, check=False)
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines() or ["no server found"]
        return None, lines[-1]
    return result.stdout.strip(), None


class Vault:
    """The server, its root client, and what the tests need set up."""

    def __init__(self, program):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leasehold-vault."))
        self.log_path = self.folder / "log"
        self.process = None
        self.held = Port(), Port()
        self.port = self.held[0].number
        self.tls_port = self.held[1].number     # asks for certificates
        self.certificate = None
        self.version = ""
        self.audited = 0        # bytes of the audit log that were counted
        self.counts = collections.Counter()

    @property
    def address(self):
        """For vault.address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_address(self):
        """For vault.address, with certificate as its authority."""
        return f"https://127.0.0.1:{self.tls_port}"

    @property
    def root(self):
        """A client that may do everything."""
        return httpc.Client(f"127.0.0.1:{self.port}", ROOT_TOKEN, timeout=60)

    def start(self):
        """Start it, wait until it answers, set up its engines."""
        self.version = subprocess.run(
            [self.program, "version"], text=True, capture_output=True,
            env=self._environment(), check=True).stdout.strip()
        self.certificate, key = certs.self_signed(self.folder, "vault")
        self._launch(key)
        until(self._answers, 120, "the server to start")
        self._set_up()
        return self

    def stop(self):
        """Stop it and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for port in self.held:
            port.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, body=None):
        """Call its API as root; fail on any error."""
        reply = self.root.request(method, f"/v1/{path}", body)
        assert reply.status < 400, f"{method} {path}: {reply}"
        return reply.json

    def approle(self, name, folder, **role):
        """Make a role; the files with its role id and secret id."""
        path = f"auth/approle/role/{name}"
        self.call("POST", path, {"token_policies": "app", **role})
        role_id = self.call("GET", f"{path}/role-id")["data"]["role_id"]
        secret = self.call("POST", f"{path}/secret-id")["data"]["secret_id"]
        files = []
        for kind, text in (("role_id", role_id), ("secret_id", secret)):
            file = pathlib.Path(folder) / f"{name}.{kind}"
            file.write_text(text)
            files.append(file)
        return files

    def database(self, postgres, default_ttl="1h", max_ttl="24h"):
        """Point database/ with its role db-app at a PostgreSQL."""
        self.call("POST", "database/config/app", {
            "plugin_name": "postgresql-database-plugin",
            "allowed_roles": "db-app", "connection_url": postgres.url,
            "username": "postgres", "password": PASSWORD})
        self.call("POST", "database/roles/db-app", {
            "db_name": "app", "creation_statements": [CREATE_ROLE],
            "default_ttl": default_ttl, "max_ttl": max_ttl})

    def static_role(self, postgres, user, period):
        """Have the password of a PostgreSQL role rotated every so often."""
        postgres.query(f"CREATE ROLE \"{user}\" WITH LOGIN")
        self.call("POST", f"database/config/{user}", {
            "plugin_name": "postgresql-database-plugin",
            "allowed_roles": user, "connection_url": postgres.url,
            "username": "postgres", "password": PASSWORD})
        self.call("POST", f"database/static-roles/{user}", {
            "db_name": user, "username": user,
            "rotation_period": period})

    def pki(self, role, ttl):
        """Mount pki/ with a root of its own and a role that may name all."""
        if "pki/" not in self.call("GET", "sys/mounts"):
            self.call("POST", "sys/mounts/pki", {"type": "pki"})
            self.call("POST", "pki/root/generate/internal", {
                "common_name": "root of the test", "ttl": "700h"})
        self.call("POST", f"pki/roles/{role}", {
            "allow_any_name": True, "enforce_hostnames": False, "ttl": ttl})

    def heard(self, path):
        """How many requests for a path the audit log holds."""
        with open(self.folder / "audit", "rb") as file:
            file.seek(self.audited)
            for line in file:
                if not line.endswith(b"\n"):
                    break       # being written
                self.audited += len(line)
                entry = json.loads(line)
                if entry["type"] == "request":
                    self.counts[entry["request"]["path"]] += 1
        return self.counts[path]

    def log(self):
        """What the server has written."""
        try:
            return self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def describe(self):
        """For the report of a failed test."""
        return f"{self.version}\n" + "\n".join(self.log().splitlines()[-60:])

    def _environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder)}

    def _launch(self, key):
        config = self.folder / "listener.hcl"
        config.write_text(settings.render({'listener "tcp"': {
            "address": f"127.0.0.1:{self.tls_port}",
            "tls_cert_file": str(self.certificate),
            "tls_key_file": str(key)}}))
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [self.program, "server", "-dev", "-dev-no-store-token",
                 f"-dev-root-token-id={ROOT_TOKEN}",
                 f"-dev-listen-address=127.0.0.1:{self.port}",
                 f"-config={config}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, env=self._environment(),
                start_new_session=True)     # Ctrl-C is for us to handle

    def _answers(self):
        assert self.process.poll() is None, (
            "the server does not start:\n" + self.log())
        try:
            # The development mount comes last, after the root token.
            path = "/v1/sys/mounts/secret/tune"
            return self.root.get(path).status == 200
        except (OSError, httpc.Closed):
            return False

    def _set_up(self):
        self.call("POST", "sys/audit/file", {
            "type": "file",
            "options": {"file_path": str(self.folder / "audit")}})
        for path, kind in (("kv1", "kv"), ("transit", "transit"),
                           ("database", "database")):
            self.call("POST", f"sys/mounts/{path}", {"type": kind})
        self.call("POST", "transit/keys/app")
        for kind in ("approle", "userpass", "jwt", "cert", "kubernetes"):
            self.call("POST", f"sys/auth/{kind}", {"type": kind})
        self.call("PUT", "sys/policies/acl/app", {"policy": POLICY})
