"""Dashboard and alerts ask for what the program tells, in words that work."""

import json
import os
import re
import shutil
import subprocess

import pytest

from support import daemon, figures

pytestmark = pytest.mark.fake

CONTRIB = daemon.ROOT / "contrib"
RULES = CONTRIB / "prometheus" / "leasehold.rules.yml"
RULE_TESTS = CONTRIB / "prometheus" / "leasehold.test.yml"
DASHBOARD = CONTRIB / "grafana" / "leasehold.json"
SELECTOR = re.compile(r"(leasehold_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
OF_PROMETHEUS = {"job", "instance"}     # labels that a scrape adds


@pytest.fixture
def promtool():
    """Runs promtool."""
    program = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if program is None:
        pytest.skip("no promtool: the package prometheus is not installed")

    def run(*arguments):
        return subprocess.run([program, *map(str, arguments)], text=True,
                              capture_output=True, timeout=60, check=False)
    return run


@pytest.fixture
def dashboard():
    """The dashboard."""
    return json.loads(DASHBOARD.read_text())


def queries(dashboard):
    """What its panels and variables ask for."""
    found = [target["expr"] for panel in dashboard["panels"]
             for target in panel.get("targets", ())]
    assert len(found) > 30
    return found


def test_the_alerts_are_well_formed(promtool):
    result = promtool("check", "rules", RULES)
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_alert_fires_and_is_silent_when_it_should(promtool):
    result = promtool("test", "rules", RULE_TESTS)
    assert result.returncode == 0, result.stdout + result.stderr
    names = re.findall(r"alert: (\w+)", RULES.read_text())
    text = RULE_TESTS.read_text()
    for name in names:
        for case in (name, f"{name}, silent"):
            assert f"- name: {case}\n" in text


def test_the_dashboard_asks_in_words_of_prometheus(
        dashboard, promtool, tmp_path):
    rules = tmp_path / "rules.json"     # which is YAML as well
    rules.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
        {"record": f"panel:{number}", "expr": _told(expr)}
        for number, expr in enumerate(queries(dashboard))]}]}))
    result = promtool("check", "rules", rules)
    assert result.returncode == 0, result.stdout + result.stderr


def _told(expr):
    for name, value in (("$__rate_interval", "5m"), ("$job", ".*"),
                        ("$instance", ".*")):
        expr = expr.replace(name, value)
    assert "$" not in expr
    return expr


def test_its_panels_have_their_own_place(dashboard):
    taken = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    assert "id" not in dashboard    # which Grafana gives


def test_what_they_ask_for_is_told(leasehold, dashboard):
    assert leasehold.client().get("/v1/database/creds/app").status == 200
    samples = [(re.split(r"[{ ]", name)[0], dict(re.findall(
        r'(\w+)="([^"]*)"', name))) for name in figures.read(leasehold)]
    variables = [each["definition"] for each in
                 dashboard["templating"]["list"] if "definition" in each]
    asked = [*queries(dashboard), *variables]
    asked += re.findall(r"expr: >-\n((?: {10}.*\n)+)", RULES.read_text())
    assert len(asked) > 45
    for expr in asked:
        assert "leasehold_" in expr
        for name, inner in SELECTOR.findall(expr):
            _check(name, MATCHER.findall(inner), samples)
        grouped = re.findall(r"(?:by|on) \(([^)]*)\)", expr)
        labels = {label.strip() for group in grouped
                  for label in group.split(",")} - OF_PROMETHEUS
        told = {label for name, _ in SELECTOR.findall(expr)
                for each, has in samples if each == name for label in has}
        assert labels <= told, expr


def _check(name, matchers, samples):
    own = [labels for each, labels in samples if each == name]
    assert own, name
    for label, operator, value in matchers:
        if label in OF_PROMETHEUS:
            continue
        values = value.split("|") if operator == "=~" else [value]
        for one in values:
            assert any(labels.get(label) == one for labels in own), (
                name, label, one)
