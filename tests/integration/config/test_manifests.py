"""The manifests of contrib/kubernetes: valid, restricted, and true of us.

Valid by the published schemas; within the profile "restricted" of the pod
security standards; and what they say of leasehold is asked of leasehold.
"""

import pathlib
import re
import shutil
import subprocess

import pytest

from support import daemon
from support.fake_tokens import Tokens

yaml = pytest.importorskip("yaml", reason="no python3-yaml")

pytestmark = pytest.mark.plain

FOLDER = daemon.ROOT / "contrib" / "kubernetes"
WHAT = ["base", "overlays/example", "init-container.yaml", "injector.yaml"]
KUSTOMIZED = WHAT[:2]
CANNOT = 77
BY_OTHERS = {"vault-ca"}        # config maps that the reader makes


@pytest.fixture(scope="module")
def manifests():
    """Builds and validates; the objects of a folder or file, by kind."""
    cache = {}

    def build(what):
        if what not in cache:
            cache[what] = _validated(FOLDER / what)
        return {each["kind"]: each for each in cache[what]}
    return build


def _validated(path):
    result = subprocess.run(
        [str(FOLDER / "validate.sh"), "--print", str(path)], text=True,
        capture_output=True, timeout=900, check=False)
    if result.returncode == CANNOT:
        pytest.skip(result.stderr.strip().splitlines()[-1])
    assert result.returncode == 0, result.stderr
    return [each for each in yaml.safe_load_all(result.stdout) if each]


def template_of(objects):
    """The metadata and spec of the pods."""
    if "Pod" in objects:
        return objects["Pod"]
    return objects["Deployment"]["spec"]["template"]


def containers_of(spec):
    """All containers of a pod."""
    return spec.get("initContainers", []) + spec["containers"]


def sidecar_of(objects):
    """Our container."""
    spec = template_of(objects)["spec"]
    return next(each for each in spec["initContainers"]
                if each["name"] == "leasehold")


@pytest.mark.parametrize("what", WHAT)
def test_it_is_valid_and_restricted(manifests, what):
    spec = template_of(manifests(what))["spec"]
    for word in ("hostNetwork", "hostPID", "hostIPC"):
        assert not spec.get(word)
    kinds = {"configMap", "emptyDir", "projected", "secret"}
    for volume in spec.get("volumes", []):
        assert set(volume) - {"name"} <= kinds
    pod = spec["securityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    for each in containers_of(spec):
        own = each["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert not own.get("privileged")
        assert own.get("runAsUser", 1) != 0
        assert not any("hostPort" in port for port in each.get("ports", []))
        if "leasehold" in each["image"]:
            assert own["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("what", KUSTOMIZED)
def test_selectors_find_the_pods_and_volumes_what_they_mount(
        manifests, what):
    objects = manifests(what)
    template = template_of(objects)
    labels = template["metadata"]["labels"].items()
    wanted = objects["Deployment"]["spec"]["selector"]["matchLabels"]
    assert wanted.items() <= labels
    policy = objects["NetworkPolicy"]["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels
    peers = [peer for rule in policy["egress"] for peer in rule["to"]]
    assert [peer["podSelector"]["matchLabels"] for peer in peers
            if "podSelector" in peer] == [{"k8s-app": "kube-dns"}]
    spec = template["spec"]
    assert spec["serviceAccountName"] == (
        objects["ServiceAccount"]["metadata"]["name"])
    volumes = {each["name"]: each for each in spec["volumes"]}
    mounted = {mount["name"] for each in containers_of(spec)
               for mount in each.get("volumeMounts", [])}
    assert mounted == set(volumes)
    maps = {each["configMap"]["name"] for each in volumes.values()
            if "configMap" in each}
    assert maps - BY_OTHERS == {objects["ConfigMap"]["metadata"]["name"]}


@pytest.mark.parametrize("what", KUSTOMIZED)
def test_the_sidecar_is_a_native_one_with_probes(manifests, what):
    sidecar = sidecar_of(manifests(what))
    assert sidecar["restartPolicy"] == "Always"
    ports = {port["name"]: port["containerPort"]
             for port in sidecar["ports"]}
    for probe, path in (("startupProbe", "ready"), ("readinessProbe", "ready"),
                        ("livenessProbe", "health")):
        asked = sidecar[probe]["httpGet"]
        assert asked["path"] == f"/leasehold/v1/{path}"
        assert ports[asked["port"]] == 9102


def adapted(text, folder, upstream):
    """The configuration of a ConfigMap, for this machine."""
    jwt = folder / "jwt"
    jwt.write_text("a.b.c")
    for old, new in (
            (r'"https://vault\.vault\.svc:8200"', f'"{upstream}"'),
            (r"\n *ca_cert *= .*", ""),
            (r'"127\.0\.0\.1:8200"', '"127.0.0.1:0"'),
            (r'"0\.0\.0\.0:9102"', '"0.0.0.0:0"'),
            (r"\nlog_format = .*", ""),
            (r'(\n *)role = ', rf'\1token_path = "{jwt}"\1role = ')):
        text, count = re.subn(old, new, text)
        assert count == 1, old
    return text


@pytest.mark.parametrize("what", KUSTOMIZED)
def test_leasehold_accepts_the_configuration_and_answers_the_probes(
        manifests, what, daemons, upstream, folder):
    objects = manifests(what)
    tokens = Tokens(upstream)
    upstream.on_write("/v1/auth/kubernetes/login", tokens.log_in)
    text = objects["ConfigMap"]["data"]["leasehold.hcl"]
    leasehold = daemons.start(
        adapted(text, folder, upstream.address), listeners=2).wait_ready()
    port = leasehold.addresses()[1].rsplit(":", 1)[1]
    kubelet = [("Host", "10.1.2.3:9102"), ("User-Agent", "kube-probe/1.33")]
    with daemon.httpc.Connection(f"127.0.0.1:{port}") as peer:
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            path = sidecar_of(objects)[probe]["httpGet"]["path"]
            assert peer.request("GET", path, kubelet).status == 200
        scraped = template_of(objects)["metadata"]["annotations"]
        path = scraped["prometheus.io/path"]
        assert peer.request("GET", path, kubelet).status == 200
        for path in ("/v1/secret/data/web/a", "/leasehold/v1/status"):
            assert peer.request("GET", path, kubelet).status == 404


def test_a_manifest_that_is_wrong_is_refused(tmp_path, manifests):
    manifests("injector.yaml")          # skips where nothing can be checked
    text = (FOLDER / "init-container.yaml").read_text()
    wrong = pathlib.Path(tmp_path / "wrong.yaml")
    wrong.write_text(text.replace("fsGroup: 1001", "fsGruop: 1001"))
    result = subprocess.run([str(FOLDER / "validate.sh"), str(wrong)],
                            text=True, capture_output=True, check=False)
    assert result.returncode == 1 and "fsGruop" in result.stderr


def test_the_readme_leads_to_a_manifest_that_is_valid(manifests, tmp_path):
    manifests("base")                   # skips where nothing can be checked
    text = (daemon.ROOT / "README.md").read_text()
    chapter = text.split("## In a pod", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip() for line in chapter.splitlines()
             if line.startswith("    ")]
    shutil.copytree(FOLDER, tmp_path / "contrib" / "kubernetes")
    without_cluster = [line for line in lines if line.startswith(
        ("cp ", "contrib/kubernetes/validate.sh "))]
    assert len(without_cluster) == 2
    for line in without_cluster:
        result = subprocess.run(line, shell=True, cwd=tmp_path, text=True,
                                capture_output=True, check=False)
        assert result.returncode == 0, result.stderr
    assert "overlays/mine: valid" in result.stderr
    applied = next(line for line in lines if line.startswith("kubectl apply"))
    assert (tmp_path / applied.split()[-1] / "kustomization.yaml").is_file()
