"""Load: wrk, h2load for what wrk cannot do, and our open loop."""

import json
import re
import subprocess

from .process import on_core

SCRIPTS = {
    "oneshot": 'wrk.headers["Connection"] = "close"\n',
    "post": 'wrk.method = "POST"\n'
            'wrk.headers["Content-Type"] = "application/json"\n'
            'wrk.body = \'{"plaintext":"' + "cGxhaW4g" * 20 + '"}\'\n',
    "put-1m": 'wrk.method = "PUT"\nwrk.body = string.rep("x", 1000000)\n',
    "mix": 'local n = 0\n'
           'function request()\n'
           '  n = n + 1\n'
           '  if n % 10 == 0 then\n'
           '    return wrk.format("GET", "/v1/plain/x")\n'
           '  end\n'
           '  return wrk.format("GET", "/v1/leased/x")\n'
           'end\n',
    "spread": 'function request()\n'
              '  local n = math.random(0, {count} - 1)\n'
              '  return wrk.format("GET", "/v1/leased/m" .. n)\n'
              'end\n',
}


class LoadFailed(Exception):
    """The load could not do its work."""


def run(command, seconds):
    """Its output."""
    done = subprocess.run(command, text=True, capture_output=True,
                          check=False, timeout=seconds + 60)
    if done.returncode != 0:
        raise LoadFailed(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def wrk(rig, url, job):
    """Requests per second, and what went wrong."""
    command = ["wrk", "-t", "1", "-c", job["connections"], "-d",
               f"{job['seconds']}s", "--timeout", "10s"]
    if job.get("script"):
        path = rig.folder / f"{job['script']}.lua"
        path.write_text(SCRIPTS[job["script"]].replace(
            "{count}", str(job.get("count", 1))))
        command += ["-s", path]
    text = run(on_core(rig.load_core, command + [url]), job["seconds"])
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.findall(r"(?:connect|read|write|timeout) (\d+)", text)
    if rate is None:
        raise LoadFailed(text)
    return {"rate": float(rate.group(1)),
            "errors": (int(bad.group(1)) if bad else 0)
            + sum(int(count) for count in broken)}


def h2load(rig, door, job):
    """The same through a unix socket, or with a method that wrk refuses;
    door: a port, or the path of a socket."""
    base = f"http://127.0.0.1:{door}" if isinstance(door, int) else \
        f"unix:{door}"
    text = run(on_core(rig.load_core, [
        "h2load", "--h1", "-t", "1", "-c", job["connections"], "-D",
        job["seconds"], "-B", base, "-H", f":method: {job['method']}",
        f"http://127.0.0.1{job['path']}"]), job["seconds"])
    rate = re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", text)
    bad = re.search(r"(\d+) failed, (\d+) errored", text)
    return {"rate": float(rate.group(1)),
            "errors": sum(int(count) for count in bad.groups())}


def curl_loop(rig, url, job):
    """What libcurl alone does; its core is the one of servers."""
    text = run(on_core(rig.server_core, [
        rig.folder / "curl_loop", url, job["seconds"],
        job["connections"], rig.folder / "cert.pem"]), job["seconds"])
    return {"rate": float(text), "errors": 0}


def open_loop(rig, port, path, rate, seconds, connections=64):
    """Percentiles in us at a fixed rate."""
    text = run(on_core(rig.load_core, [
        rig.folder / "load", port, path, rate, int(rate * seconds),
        connections]), seconds)
    return json.loads(text)


def fill(rig, port, path, count):
    """So many different requests, "%d" in the path, as fast as it goes."""
    text = run(on_core(rig.load_core, [
        rig.folder / "load", port, path, 0, count, 32]), 300)
    return json.loads(text)
