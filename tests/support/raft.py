"""Three real servers of one cluster, on the integrated (raft) storage."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from support import httpc, settings
from support.ports import Port
from support.waiting import until

NODES = 3


class Node:
    """One server: it can be killed, started again, sealed and unsealed."""

    def __init__(self, program, folder, name):
        self.program = program
        self.folder = pathlib.Path(folder)
        self.name = name
        self.held = Port(), Port()
        self.port, self.cluster_port = (port.number for port in self.held)
        self.process = None
        (self.folder / "data").mkdir(parents=True)
        config = self.folder / "config.hcl"
        config.write_text(settings.render(self._config()))
        self.command = [self.program, "server", f"-config={config}"]

    @property
    def address(self):
        """For vault.address."""
        return f"http://127.0.0.1:{self.port}"

    def _config(self):
        return {
            'storage "raft"': {
                "path": str(self.folder / "data"), "node_id": self.name,
                "performance_multiplier": 1},
            'listener "tcp"': {
                "address": f"127.0.0.1:{self.port}",
                "cluster_address": f"127.0.0.1:{self.cluster_port}",
                "tls_disable": True},
            "api_addr": self.address,
            "cluster_addr": f"https://127.0.0.1:{self.cluster_port}",
            "disable_mlock": True}

    def call(self, method, path, body=None, token=None):
        """Call its API; fail on any error."""
        client = httpc.Client(f"127.0.0.1:{self.port}", token, timeout=60)
        reply = client.request(method, f"/v1/{path}", body)
        assert reply.status < 400, f"{method} {path}: {reply}"
        return reply.json

    def health(self):
        """The status of sys/health; 0 when it cannot be reached."""
        client = httpc.Client(f"127.0.0.1:{self.port}", timeout=10)
        try:
            return client.get("/v1/sys/health").status
        except (OSError, httpc.Closed):
            return 0

    def launch(self):
        """Start it; it comes up sealed."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.folder, env=env, start_new_session=True)
        return self

    def start(self):
        """Start it and wait until it answers."""
        self.launch()
        until(self.health, 60, f"{self.name} to answer")

    def kill(self):
        """End it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self):
        """The end of what it has written."""
        path = self.folder / "log"
        text = path.read_text(errors="replace") if path.exists() else ""
        return "\n".join(text.splitlines()[-30:])


class Cluster:
    """The servers, their root token and the key that unseals them."""

    def __init__(self, program):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="leasehold-raft."))
        self.nodes = [Node(program, self.folder / f"node{i}", f"node{i}")
                      for i in range(NODES)]
        self.root = self.key = None

    def start(self):
        """Start all, join them, wait until one is active."""
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            until(node.health, 60, f"{node.name} to answer")
        first, *others = self.nodes
        made = first.call("PUT", "sys/init", {
            "secret_shares": 1, "secret_threshold": 1})
        self.root, self.key = made["root_token"], made["keys"][0]
        self.unseal(first)
        until(lambda: first.health() == 200, 60, "the first to be active")
        first.call("POST", "sys/storage/raft/autopilot/configuration",
                   {"server_stabilization_time": "1s"}, self.root)
        for node in others:
            node.call("POST", "sys/storage/raft/join",
                      {"leader_api_addr": first.address})
            self.unseal(node)
        self.wait_whole()
        return self

    def stop(self):
        """End all and remove what they have left."""
        for node in self.nodes:
            node.kill()
            for port in node.held:
                port.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def unseal(self, node):
        """Unseal a node."""
        node.call("PUT", "sys/unseal", {"key": self.key})

    def seal(self, node):
        """Seal the active node."""
        node.call("PUT", "sys/seal", token=self.root)

    def active(self):
        """The active node, once there is one."""
        return until(
            lambda: next((n for n in self.nodes if n.health() == 200), None),
            60, "an active node")

    def wait_whole(self):
        """Wait until one is active, the others are standbys, and all of them
        can be asked to vote."""
        until(lambda: sorted(node.health() for node in self.nodes)
              == [200, 429, 429], 120, "a whole cluster")
        until(lambda: self._voters() == NODES, 60, "all to be voters")

    def _voters(self):
        found = self.active().call(
            "GET", "sys/storage/raft/configuration", token=self.root)
        return sum(
            server["voter"] for server in found["data"]["config"]["servers"])

    def describe(self):
        """For the report of a failed test."""
        return "\n".join(f"{n.name}:\n{n.log()}" for n in self.nodes)
