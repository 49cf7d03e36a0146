"""Everything that is measured, started when it is first wanted.

The server under test runs on one core; the load, and the nginx that plays
Vault, on the other.
"""

import os
import pathlib
import shutil
import subprocess
import time
import urllib.request

from . import configs
from .process import Program, free_port, missing

HERE = pathlib.Path(__file__).resolve().parent.parent
SERVER_CORE = 1
LOAD_CORE = 0
SHORT_SECONDS = 30
BODY_BYTES = {"limit": 450, "limit-16k": 16384, "limit-1m": 1000000}


class Unavailable(Exception):
    """A server that cannot be had here, and why."""


def cores():
    """The cores of server and load; the same one if there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return allowed[0], allowed[0]
    return allowed[1], allowed[0]


def find_incumbent():
    """Program and word of a vault or bao that can be a proxy; or None and
    the reason."""
    found = subprocess.run(
        ["sh", str(HERE.parent / "vault" / "find"), "--quick"], text=True,
        capture_output=True, check=False)
    if found.returncode != 0:
        return None, found.stderr.strip().splitlines()[-1]
    program = found.stdout.strip()
    words = subprocess.run([program], text=True, capture_output=True,
                           check=False)
    for word in ("proxy", "agent"):
        if f"\n    {word} " in words.stdout + words.stderr:
            return program, word
    return None, f"{program} has neither proxy nor agent"


def version_of(command):
    """The first line that a program says of its version."""
    done = subprocess.run(command, text=True, capture_output=True,
                          check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


class Rig:
    """Folder, ports, programs of one run."""

    def __init__(self, folder, leasehold):
        self.folder = pathlib.Path(folder)
        self.leasehold = pathlib.Path(leasehold)
        self.server_core, self.load_core = cores()
        self.incumbent, self.incumbent_word = find_incumbent()
        self.ports = {name: free_port() for name in ("plain", "tls", "h2")}
        self.running = {}
        self.doors = {}
        for name in ("responder", "load", "curl_loop"):
            self.compile(name)
        self.make_certificate()
        self.start_upstream()

    def compile(self, name):
        """One of the C programs beside us."""
        libraries = ["-lcurl"] if name == "curl_loop" else []
        done = subprocess.run(
            ["cc", "-D_GNU_SOURCE", "-O2", "-o", str(self.folder / name),
             str(HERE / f"{name}.c")] + libraries,
            text=True, capture_output=True, check=False)
        if done.returncode != 0 and name != "curl_loop":
            raise RuntimeError(done.stderr)

    def make_certificate(self):
        """Signed by itself, for 127.0.0.1."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout",
             str(self.folder / "key.pem"), "-out",
             str(self.folder / "cert.pem")],
            capture_output=True, check=True)

    def start_upstream(self):
        """nginx as Vault, on the core of the load."""
        text = configs.upstream(self.folder, self.ports, SHORT_SECONDS)
        self.nginx("upstream", self.load_core, text)
        self.await_answer(self.ports["plain"], "/v1/plain/x")

    def nginx(self, name, core, text):
        """An nginx with that configuration."""
        path = self.folder / f"{name}.conf"
        path.write_text(text)
        self.running[name] = Program(
            name, core, ["nginx", "-p", self.folder, "-c", path],
            self.folder)
        return self.running[name]

    def want(self, server):
        """The doors of a server, which is started if it is not there.
        leasehold@tls: with the upstream's TLS door."""
        if server not in self.doors:
            self.doors[server] = self.start(server)
        return self.doors[server]

    def start(self, server):
        """Start it and wait for an answer; its doors."""
        kind, _, variant = server.partition("@")
        doors = {"plain": free_port()}
        if kind in BODY_BYTES:
            self.running[server] = Program(
                server, self.server_core,
                [self.folder / "responder", doors["plain"],
                 BODY_BYTES[kind]], self.folder)
        elif kind == "nginx-return":
            self.nginx(server, self.server_core,
                       configs.nginx_return(self.folder, doors["plain"]))
        elif kind in ("nginx-cache", "nginx-pass"):
            self.start_nginx_proxy()
            return self.doors[kind]
        else:
            doors["tls"] = free_port()
            doors["unix"] = str(self.folder / f"{server}.sock")
            self.start_proxy(server, doors, variant)
        self.await_answer(doors["plain"], "/v1/plain/x")
        self.running[server].check()
        return doors

    def start_nginx_proxy(self):
        """One nginx, two servers in it."""
        ports = {name: free_port() for name in ("cache", "pass", "cache-tls")}
        self.nginx("nginx-proxy", self.server_core, configs.nginx_proxy(
            self.folder, ports, self.ports["plain"]))
        self.doors["nginx-cache"] = {"plain": ports["cache"],
                                     "tls": ports["cache-tls"]}
        self.doors["nginx-pass"] = {"plain": ports["pass"]}
        self.running["nginx-cache"] = self.running["nginx-proxy"]
        self.running["nginx-pass"] = self.running["nginx-proxy"]
        self.await_answer(ports["pass"], "/v1/plain/x")

    def start_proxy(self, server, doors, variant="", extra=""):
        """leasehold or the incumbent; does not wait."""
        kind = server.partition("@")[0].partition("#")[0]
        scheme = "https" if variant in ("tls", "h2") else "http"
        address = f"{scheme}://127.0.0.1:{self.ports[variant or 'plain']}"
        path = self.folder / f"{server}.hcl"
        path.write_text(configs.proxy(
            self.folder, server, doors, address) + extra)
        if kind == "leasehold":
            command = [self.leasehold, f"-config={path}"]
        elif self.incumbent is None:
            raise Unavailable(f"{kind}: {self.incumbent_word}")
        else:
            command = [self.incumbent, self.incumbent_word,
                       f"-config={path}"]
        self.running[server] = Program(
            server, self.server_core, command, self.folder)
        return self.running[server]

    def stop(self, server):
        """End one of them."""
        program = self.running.pop(server, None)
        self.doors.pop(server, None)
        if program is not None:
            program.stop()

    def stop_servers(self):
        """End all but the upstream."""
        for server in [name for name in self.running if name != "upstream"]:
            self.stop(server)
        self.doors.clear()
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def close(self):
        """End all."""
        self.stop_servers()
        self.stop("upstream")

    def await_answer(self, port, path, seconds=20):
        """Until a GET gives 200; the moment at which it did."""
        deadline = time.monotonic() + seconds
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}))
        while True:
            try:
                with opener.open(f"http://127.0.0.1:{port}{path}",
                                 timeout=5) as reply:
                    reply.read()
                    return time.monotonic()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.001)   # between two looks; bounded


def missing_programs():
    """What the bench cannot do without."""
    return missing(["nginx", "wrk", "taskset", "openssl", "cc"])
