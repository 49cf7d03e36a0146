"""Without a format, the incumbents' metrics path answers with their summary.

Its shape is that of go-metrics' memory: gauges, and the counters of the last
full interval of ten seconds.
"""

import re
import socket

import pytest

from support import settings
from support.fake import Answer, errors

pytestmark = pytest.mark.fake
COUNTER = {"Name", "Count", "Rate", "Sum", "Min", "Max", "Mean", "Stddev",
           "Labels"}


def summary(daemon, name="agent"):
    """The answer, its counters and gauges by their names."""
    reply = daemon.client().get(f"/{name}/v1/metrics")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    told = reply.json
    assert set(told) == {"Timestamp", "Gauges", "Points", "Counters",
                         "Samples"}
    assert told["Points"] == told["Samples"] == []
    return told, {one["Name"]: one for one in told["Counters"]}, {
        one["Name"]: one for one in told["Gauges"]}


@pytest.mark.parametrize("name", ["agent", "proxy"])
def test_the_names_and_the_shape_are_theirs(world, name):
    here = world()              # whose first interval does not end
    leasehold = here.leasehold
    here.upstream.on("GET", "/v1/missing", errors(404))
    client = leasehold.client()
    assert client.get("/v1/database/creds/app").status == 200
    assert client.get("/v1/database/creds/app").status == 200
    assert client.get("/v1/missing").status == 404
    told, counters, gauges = summary(leasehold, name)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC",
                        told["Timestamp"])
    assert all(set(one) == COUNTER for one in told["Counters"])
    assert all(set(one) == {"Name", "Value", "Labels"}
               for one in told["Gauges"])
    assert counters["vault.agent.proxy.success"]["Count"] == 2
    assert counters["vault.agent.proxy.client_error"]["Sum"] == 1
    assert counters["vault.agent.cache.hit"]["Rate"] == 0.1
    assert counters[f"vault.{name}.auth.success"]["Count"] >= 1
    assert "vault.agent.proxy.error" not in counters
    host = socket.gethostname()
    assert gauges[f"vault.{host}.{name}.authenticated"]["Value"] == 1
    labels = [one["Labels"] for one in told["Counters"]
              if one["Name"] == "leasehold.answers"]
    assert {"code": "2xx", "cache": "hit"} in labels


def test_prefix_and_host_are_those_of_the_configuration(daemons, upstream):
    daemon = daemons.start(settings.proxy(upstream.address, telemetry={
        "metrics_prefix": "mine", "disable_hostname": True,
        "prometheus_retention_time": 0}))
    _, _, gauges = summary(daemon)
    assert "mine.agent.authenticated" in gauges


def test_an_interval_counts_what_happened_in_it(world):
    here = world()
    here.upstream.on("GET", "/v1/a", Answer(200, {"data": {}}))

    def successes():
        counter = summary(here.leasehold)[1].get("vault.agent.proxy.success")
        return counter["Count"] if counter else 0

    before = successes()        # since the start; from here on intervals
    for _ in range(3):
        here.get("/v1/a")
    assert successes() == before + 3
    here.timeline.pass_time(10.1)
    assert successes() == 3
    here.get("/v1/a")
    assert successes() == 3     # the last one that is over
    here.timeline.pass_time(10.1)
    assert successes() == 1
    here.timeline.pass_time(10.1)
    assert successes() == 0
