"""Runs scenarios: the servers take turns, round by round."""

import statistics
import time

from . import load
from .configs import EAGER, LEASE_SECONDS
from .process import free_port
from .rig import SHORT_SECONDS, Unavailable

FILL_PATH = "/v1/leased/m%d"
SHORT_PATH = "/v1/short/m%d"
# Renewals begin at two thirds of a lease, less a tenth.
FIRST_RENEWAL = SHORT_SECONDS * 2 / 3 * 0.9 - 4


def name_for(server, upstream):
    """leasehold and the incumbent have one process an upstream."""
    if upstream and server in ("leasehold", "incumbent"):
        return f"{server}@{upstream}"
    return server


def one_round(rig, scenario, server, seconds):
    """One load on one server."""
    # So many handshakes take a while by themselves.
    if scenario.connections >= 10000:
        seconds = max(seconds, 4) + 2
    job = {"connections": scenario.connections, "seconds": seconds,
           "script": scenario.script, "path": scenario.path,
           "method": scenario.method}
    if server == "curl":
        variant = scenario.upstream or "plain"
        scheme = "http" if variant == "plain" else "https"
        return load.curl_loop(
            rig, f"{scheme}://127.0.0.1:{rig.ports[variant]}{scenario.path}",
            job)
    door = rig.want(name_for(server, scenario.upstream))[scenario.door]
    if scenario.tool == "h2load":
        return load.h2load(rig, door, job)
    scheme = "https" if scenario.door == "tls" else "http"
    return load.wrk(rig, f"{scheme}://127.0.0.1:{door}{scenario.path}", job)


def throughput(rig, scenario, rounds, seconds, say):
    """All servers, so many rounds; the first load of each is not counted."""
    rates = {server: [] for server in scenario.servers}
    errors, absent = {}, {}
    for number in range(-1, rounds):
        for server in list(rates):
            try:
                got = one_round(rig, scenario, server,
                                1 if number < 0 else seconds)
            except (Unavailable, load.LoadFailed, OSError,
                    RuntimeError) as problem:
                absent[server] = str(problem).strip().splitlines()[-1][:200]
                del rates[server]
                continue
            if number >= 0:
                rates[server].append(got["rate"])
                errors[server] = errors.get(server, 0) + got["errors"]
        say(f"{scenario.name}: round {number + 1} of {rounds}")
    return {"title": scenario.title, "rates": rates, "errors": errors,
            "absent": absent,
            "medians": {server: statistics.median(values)
                        for server, values in rates.items() if values},
            "ratios": ratios(rates)}


def ratios(rates):
    """leasehold to each other, round by round: median, least, most."""
    ours = rates.get("leasehold", [])
    out = {}
    for server, values in rates.items():
        if server == "leasehold" or not ours:
            continue
        each = [a / b for a, b in zip(ours, values) if b > 0]
        if each:
            out[server] = {"median": statistics.median(each),
                           "least": min(each), "most": max(each)}
    return out


def latency(rig, what, rounds, seconds, say):
    """Percentiles at half of what each server, or one of them, does at
    most."""
    found, absent, half = {}, {}, {}
    for number in range(rounds):
        for server in what.servers:
            if server in absent:
                continue
            try:
                rate = half_of(rig, what, what.half_of or server, half)
                port = rig.want(server)["plain"]
                got = load.open_loop(rig, port, what.path, rate, seconds)
                found.setdefault(server, []).append({**got, "rate": rate})
            except (Unavailable, load.LoadFailed, OSError) as problem:
                absent[server] = str(problem)[:200]
        say(f"{what.name}: round {number + 1} of {rounds}")
    return {"title": what.title, "absent": absent,
            "percentiles": {
                server: {key: statistics.median(each[key] for each in values)
                         for key in ("rate", "p50", "p99", "p999", "late99")}
                for server, values in found.items()}}


def half_of(rig, what, server, known):
    """Half of what a server does at most; known: what was measured."""
    if server not in known:
        port = rig.want(server)["plain"]
        known[server] = load.wrk(
            rig, f"http://127.0.0.1:{port}{what.path}",
            {"connections": 32, "seconds": 1})["rate"] / 2
    return known[server]


def fresh(rig, server, extra=""):
    """A new process of leasehold or the incumbent, answering; its name, its
    door, and the seconds that took."""
    name = f"{server}#fresh"
    rig.stop(name)
    doors = {"plain": free_port()}
    program = rig.start_proxy(name, doors, extra=extra)
    answered = rig.await_answer(doors["plain"], "/v1/plain/x")
    return program, doors["plain"], answered - program.started


def memory(rig, counts, seconds, say):
    """KiB at 0 and so many leases; wake-ups a minute and the share of a core
    while nobody asks."""
    out = {}
    for server in ("incumbent", "leasehold"):
        try:
            program, port, _ = fresh(rig, server)
            out[server] = rows = {}
            for count in [0] + counts:
                if count > 0:
                    load.fill(rig, port, FILL_PATH, count)
                rows[str(count)] = {**program.memory(),
                                    **at_rest(program, seconds)}
                say(f"memory: {server}, {count} leases")
        except (Unavailable, load.LoadFailed, OSError) as problem:
            out[server] = {"absent": str(problem)[:200]}
        rig.stop(f"{server}#fresh")
    return out


def at_rest(program, seconds):
    """What it does when it is left alone for so long."""
    time.sleep(1)       # what closing the load's connections gives to do
    wakeups, cpu = program.wakeups(), program.cpu_seconds()
    time.sleep(seconds)     # the span that is measured
    return {"wakeups": (program.wakeups() - wakeups) * 60 / seconds,
            "cpu": (program.cpu_seconds() - cpu) / seconds}


def cold_start(rig, rounds, say):
    """Seconds from start to the first answer, in turns."""
    out = {}
    for number in range(rounds):
        for server in ("incumbent", "leasehold"):
            try:
                seconds = fresh(rig, server)[2]
                out.setdefault(server, []).append(seconds)
            except Unavailable:
                continue
            finally:
                rig.stop(f"{server}#fresh")
        say(f"start: round {number + 1} of {rounds}")
    return out


def idle(rig, seconds, say):
    """Wake-ups a minute, with one lease kept and nobody asking."""
    out = {"window_seconds": seconds}
    programs = {}
    for server in ("incumbent", "leasehold"):
        try:
            program, port, _ = fresh(rig, server)
            load.fill(rig, port, FILL_PATH, 1)
            programs[server] = program
        except (Unavailable, load.LoadFailed, OSError):
            continue
    time.sleep(1)       # what closing the loads' connections gives to do
    before = {name: program.wakeups() for name, program in programs.items()}
    say(f"idle: {seconds} s")
    time.sleep(seconds)     # the span that is measured
    for name, program in programs.items():
        out[name] = (program.wakeups() - before[name]) * 60 / seconds
        rig.stop(f"{name}#fresh")
    return out


def leases(rig, counts, rounds, say):
    """The rate of hits among few and among many leases, in turns, while these
    are renewed; what one takes of memory; what the renewals cost."""
    ports, rows = {}, {}
    for count in counts:
        ports[count], rows[str(count)] = keep_leases(rig, count)
        say(f"leases: {count} filled")
    time.sleep(FIRST_RENEWAL)   # until the first of them is due
    before = {count: renewals(port) for count, port in ports.items()}
    began = time.monotonic()
    rates = {str(count): [] for count in counts}
    for number in range(rounds):
        for count, port in ports.items():
            job = {"connections": 32, "seconds": 2, "script": "spread",
                   "count": count}
            rates[str(count)].append(load.wrk(
                rig, f"http://127.0.0.1:{port}/", job)["rate"])
        say(f"leases: round {number + 1} of {rounds}")
    span = time.monotonic() - began
    few = str(counts[0])
    for count, port in ports.items():
        row = rows[str(count)]
        row["rates"] = rates[str(count)]
        row["ratio"] = statistics.median(
            many / one for one, many in zip(rates[few], row["rates"]))
        row["renewals_per_second"] = (renewals(port) - before[count]) / span
        rig.stop(f"leasehold#{count}")
    return {"kept": rows, **renewal_cost(rig, say)}


def keep_leases(rig, count):
    """A leasehold with so many leases of an hour, and as many short ones as
    are renewed as often as those would be; its door, what it takes."""
    doors = {"plain": free_port()}
    program = rig.start_proxy(f"leasehold#{count}", doors, extra=EAGER)
    rig.await_answer(doors["plain"], "/v1/plain/x")
    empty = program.memory()["rss"]
    load.fill(rig, doors["plain"], FILL_PATH, count)
    row = {"rss": program.memory()["rss"]}
    row["bytes_a_lease"] = (row["rss"] - empty) * 1024 / count
    load.fill(rig, doors["plain"], SHORT_PATH,
              max(1, count * SHORT_SECONDS // LEASE_SECONDS))
    return doors["plain"], row


def renewal_cost(rig, say):
    """What renewing short leases takes, scaled to 100,000 of an hour."""
    program, port, _ = fresh(rig, "leasehold", EAGER)
    load.fill(rig, port, SHORT_PATH, 5000)
    time.sleep(FIRST_RENEWAL)   # until the first of them is due
    before = renewals(port), program.cpu_seconds()
    say("leases: renewals of 5,000 leases of 30 s")
    time.sleep(8)       # the span that is measured
    done = renewals(port) - before[0]
    cpu = program.cpu_seconds() - before[1]
    rig.stop("leasehold#fresh")
    return {"renewals": done, "cpu_seconds": cpu,
            "core_share_100000_1h": None if done == 0 else
            cpu / done * 100000 / (LEASE_SECONDS * 2 / 3)}


def renewals(port):
    """How many leases leasehold says it has renewed."""
    import re
    import urllib.request
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"http://127.0.0.1:{port}/leasehold/v1/metrics"
    with opener.open(url, timeout=10) as reply:
        text = reply.read().decode()
    return sum(float(value) for value in re.findall(
        r"^leasehold_\w*renew\w*total\S*\s+([\d.e+]+)$", text, re.M))
