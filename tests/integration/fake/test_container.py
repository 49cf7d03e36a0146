"""The root of the image: what is in it, and that it is enough to run.

There is no engine: the script that the Dockerfile calls makes the root, and
support/confine.py runs the program in it as a kubelet would.
"""

import re
import ssl

import pytest

from support import certs, container, daemon, httpc, injector, settings
from support.fake import Fake
from support.fake_tokens import Tokens
from support.waiting import until

pytestmark = [pytest.mark.fake, pytest.mark.plain]

MEGABYTE = 1000 * 1000
# What images that others keep up to date hold as well, such as distroless
# base: the C library, OpenSSL, the authorities.
BASE = re.compile(r"/(ld-linux-[^/]*|libc|libm|libcrypto|libssl)\.so\.\d+$"
                  r"|/ca-certificates\.crt$|/openssl\.cnf$")
DOCKERFILE = daemon.ROOT / "contrib" / "container" / "Dockerfile"


@pytest.fixture
def containers(roots, folder):
    """Makes containers of the image of the program alone."""
    made = container.Containers(roots.get(), folder)
    yield made
    made.stop()


def sizes(root):
    """Bytes of each file of a root."""
    return {f"/{path.relative_to(root)}": path.lstat().st_size
            for path in root.rglob("*") if path.is_file()}


def test_what_we_bring_is_below_15_megabytes(roots):
    found = sizes(roots.get())
    ours = {path: size for path, size in found.items()
            if not BASE.search(path)}
    assert sum(ours.values()) < 15 * MEGABYTE, ours
    assert sum(found.values()) < 25 * MEGABYTE, found
    assert found["/usr/bin/leasehold"] < 2 * MEGABYTE


def test_there_is_no_shell_and_nothing_with_rights_of_its_own(roots):
    root = roots.get()
    programs = [path for path in sizes(root)
                if (root / path[1:]).stat().st_mode & 0o111
                and ".so" not in path]
    assert programs == ["/usr/bin/leasehold"]
    for path in root.rglob("*"):
        mode = path.lstat().st_mode
        assert path.is_symlink() or mode & 0o6022 == 0, path


def test_it_tells_its_version(containers, binary):
    result = containers.create().run("/usr/bin/leasehold", "version")
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"leasehold v[0-9.]+\n", result.stdout)


def test_a_command_line_for_the_image_serves_with_tls_and_names(
        containers, folder):
    cert, key = certs.self_signed(folder, "server")
    server = Fake(certs.server_context(cert, key))
    tokens = Tokens(server)
    server.on_write("/v1/auth/kubernetes/login", tokens.log_in)
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    made = containers.create()
    made.lay("/etc/hosts", "127.0.0.1 vault.test\n")
    made.lay("/etc/leasehold/ca.crt", cert.read_text())
    made.lay(injector.SERVICE_ACCOUNT, "a.b.c")
    told = settings.proxy(
        f"https://vault.test:{server.port}",
        settings.method("kubernetes", {"role": "app"}))
    told["vault"].update(ca_cert="/etc/leasehold/ca.crt",
                         tls_server_name="localhost")
    made.lay("/etc/leasehold/leasehold.hcl", settings.render(told))
    try:
        client = httpc.Client(made.start_listening(
            "/usr/bin/leasehold", "-config=/etc/leasehold/leasehold.hcl"))
        reply = until(lambda: _found(client), 30, "the secret")
        assert reply.json["data"] == {"color": "blue"}
    finally:
        made.stop()
        server.stop()


def _found(client):
    reply = client.get("/v1/kv1/a")
    return reply if reply.status == 200 else None


def test_the_authorities_of_the_system_are_in_it(roots):
    bundle = roots.get() / "etc/ssl/certs/ca-certificates.crt"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=str(bundle))
    assert len(context.get_ca_certs()) > 50


def test_the_recipe_ends_in_nothing_but_that_root(roots):
    text = DOCKERFILE.read_text()
    stages = re.split(r"^FROM ", text, flags=re.M)[1:]
    assert [stage.split("\n", 1)[0] for stage in stages] == [
        "debian:12-slim AS build", "scratch AS injector",
        "scratch AS leasehold"]
    for stage in stages[1:]:
        assert "\nUSER 100:1000\n" in stage
        assert "\nRUN" not in stage
        program = re.search(r'^(?:ENTRYPOINT|CMD) \["([^"]+)"', stage,
                            re.M)[1]
        assert (roots.get() / program[1:]).is_file()
    for copied in re.findall(r"^COPY (?!--from)(\S+) ", text, re.M):
        assert (daemon.ROOT / copied).exists()
