"""Every method logs in on the real server and follows its credentials."""

import itertools
import shutil
import signal

import pytest

from support import certs, settings
from support.directory import Directory
from support.tokenreview import Cluster, ProjectedVolume
from support.waiting import until

pytestmark = pytest.mark.live

NUMBERS = itertools.count(1)
READ = "/v1/kv1/methods"
SOON = {"min_backoff": "100ms", "max_backoff": "500ms"}
LONG = {"token_policies": "app", "token_ttl": "1h"}
# Each login's token ends after four seconds.
SHORT = {"token_policies": "app", "token_ttl": "4s", "token_max_ttl": "4s"}


def method(kind, config, **keys):
    """The auto_auth block of a method."""
    return {f'method "{kind}"': {**SOON, **keys, "config": {
        key: value if isinstance(value, bool) else str(value)
        for key, value in config.items()}}}


@pytest.fixture
def launch(real_vault, daemons):
    """Starts a daemon that logs in by a method."""
    real_vault.call("PUT", "kv1/methods", {"color": "green"})

    def make(auto_auth, **more):
        return daemons.start(settings.proxy(
            real_vault.address, auto_auth, **more))
    return make


@pytest.fixture
def check(launch):
    """A daemon logs in by a method and serves a read."""
    def make(auto_auth, **more):
        leasehold = launch(auto_auth, **more).wait_ready()
        assert leasehold.client().get(READ).status == 200
        return leasehold
    return make


@pytest.fixture(scope="module")
def cluster(real_vault, tmp_path_factory):
    """A cluster whose tokens the server has reviewed."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    real_vault.call("POST", "auth/kubernetes/config", {
        "kubernetes_host": made.address,
        "kubernetes_ca_cert": made.cert.read_text(),
        "token_reviewer_jwt": made.reviewer, "disable_local_ca_jwt": True})
    yield made
    made.stop()


@pytest.fixture
def account(real_vault):
    """Makes a role for a service account; its name."""
    def make(**role):
        name = f"method-app{next(NUMBERS)}"
        real_vault.call("POST", f"auth/kubernetes/role/{name}", {
            "bound_service_account_names": name,
            "bound_service_account_namespaces": "prod", **role})
        return name
    return make


def generations(leasehold, count):
    """Wait for so many tokens; a read in between always works."""
    def reached():
        assert leasehold.client().get(READ).status == 200
        return leasehold.status()["token"]["generation"] >= count
    until(reached, 40, f"token {count}")


def test_kubernetes_follows_a_projected_token(
        check, cluster, account, folder):
    name = account(**SHORT)
    volume = ProjectedVolume(folder / "projected")
    current = cluster.token("prod", name, 60)
    volume.put(current)
    leasehold = check(method("kubernetes", {
        "role": name, "token_path": volume.path}))

    def used():
        return [claims["jti"] for claims in cluster.reviewed
                if claims["sub"].endswith(f":{name}")]
    for number in (2, 3, 4):
        before, current = current, cluster.token("prod", name, 60)
        volume.put(current)
        generations(leasehold, number)
        until(lambda n=number: len(set(used())) == n, 30, "its use")
        cluster.take_back(before)
    # Each until the next one is there; a slow machine logs in more often.
    assert len(list(itertools.groupby(used()))) == 4
    assert leasehold.status()["token"]["failures"] == 0


def test_kubernetes_refuses_another_account_and_takes_the_right_one(
        launch, cluster, account, folder):
    name = account(**LONG)
    volume = ProjectedVolume(folder / "projected")
    volume.put(cluster.token("prod", "somebody"))
    leasehold = launch(method("kubernetes", {
        "role": name, "token_path": volume.path}))
    leasehold.wait_for_log(r"\[ERROR\] auth\.refused")
    until(lambda: leasehold.status()["token"]["failures"] >= 4, 30,
          "further tries")
    assert leasehold.log().count("auth.refused") == 1
    volume.put(cluster.token("prod", name))
    leasehold.wait_ready()
    assert leasehold.client().get(READ).status == 200


@pytest.fixture
def jwt_role(real_vault, cluster):
    """Makes a role for JWTs of the cluster; its name."""
    real_vault.call("POST", "auth/jwt/config", {
        "jwt_validation_pubkeys": [cluster.public.read_text()]})

    def make(**role):
        name = f"method-app{next(NUMBERS)}"
        real_vault.call("POST", f"auth/jwt/role/{name}", {
            "role_type": "jwt", "user_claim": "sub",
            "bound_audiences": ["leasehold"], **role})
        return name
    return make


@pytest.mark.parametrize("remove", [True, False])
def test_jwt_follows_its_file(check, cluster, jwt_role, folder, remove):
    def put():
        token = cluster.token("prod", "jwt", 60, "leasehold")
        (folder / "new").write_text(token + "\n")
        (folder / "new").rename(path)
    name = jwt_role(**LONG)
    path = folder / "jwt"
    put()
    leasehold = check({**method("jwt", {
        "role": name, "path": path, "remove_jwt_after_reading": remove,
        "jwt_read_period": "200ms"}),
        "enable_reauth_on_new_credentials": True})
    assert path.exists() != remove
    put()
    generations(leasehold, 2)
    until(lambda: path.exists() != remove, 30, "the file to be read")


def test_cert_shows_its_own_certificate_and_reads_it_anew(
        real_vault, launch, folder):
    files = folder / "client.pem", folder / "client.key"
    for number in (1, 2):
        cert, _ = certs.self_signed(folder, f"client{number}")
        real_vault.call("POST", f"auth/cert/certs/client{number}", {
            "certificate": cert.read_text(), "display_name": "app", **LONG})

    def put(number):
        for kind, file in zip(("pem", "key"), files):
            shutil.copy(folder / f"client{number}.{kind}", file)
    leasehold = launch(
        {**method("cert", {
            "ca_cert": real_vault.certificate, "client_cert": files[0],
            "client_key": files[1], "reload": True,
            "reload_period": "200ms"}),
         "enable_reauth_on_new_credentials": True},
        vault={"address": real_vault.tls_address,
               "ca_cert": str(real_vault.certificate)})
    leasehold.wait_for_log(r"\[ERROR\] auth\.failed")
    put(1)
    leasehold.wait_ready()
    assert leasehold.client().get(READ).status == 200
    put(2)
    generations(leasehold, 2)


def test_userpass_logs_in_with_a_password_file(real_vault, check, folder):
    name = f"user{next(NUMBERS)}"
    real_vault.call("POST", f"auth/userpass/users/{name}", {
        "password": " a word with blanks ", **LONG})
    path = folder / "password"
    path.write_text(" a word with blanks \n")
    check(method("userpass", {"username": name, "password_file_path": path}))
    assert not path.exists()


def test_ldap_logs_in_against_a_directory(real_vault, check, folder):
    name = f"user{next(NUMBERS)}"
    people = "ou=people,dc=test"
    directory = Directory({f"cn={name},{people}": "a word with blanks"})
    try:
        real_vault.call("POST", "sys/auth/ldap", {"type": "ldap"})
        real_vault.call("POST", "auth/ldap/config", {
            "url": directory.address, "userdn": people, "userattr": "cn",
            **LONG})
        path = folder / "password"
        path.write_text("a word with blanks\n")
        check(method("ldap", {
            "username": name, "password_file_path": path}))
        assert directory.binds[-1] == f"cn={name},{people}"
        assert not path.exists()
    finally:
        directory.stop()


def test_approle_works_without_a_secret_id(real_vault, check, folder):
    role_id, _ = real_vault.approle(
        f"method-app{next(NUMBERS)}", folder, bind_secret_id=True, token_ttl="1h")
    name = role_id.name.split(".")[0]
    real_vault.call("POST", f"auth/approle/role/{name}", {
        "bind_secret_id": False, "secret_id_bound_cidrs": "",
        "token_bound_cidrs": "127.0.0.0/8", **LONG})
    check(method("approle", {"role_id_file_path": role_id}))


def wrapped_secret_id(real_vault, name):
    """What wraps a new secret id of a role."""
    reply = real_vault.root.put(
        f"/v1/auth/approle/role/{name}/secret-id",
        headers=[("X-Vault-Wrap-TTL", "120s")])
    return reply.json["wrap_info"]["token"]


def test_approle_unwraps_its_secret_id(real_vault, launch, folder):
    role_id, secret_id = real_vault.approle(
        f"method-app{next(NUMBERS)}", folder, token_ttl="1h")
    name = role_id.name.split(".")[0]
    other = real_vault.approle(f"method-app{next(NUMBERS)}", folder)[0]
    secret_id.write_text(wrapped_secret_id(
        real_vault, other.name.split(".")[0]))
    leasehold = launch(method("approle", {
        "role_id_file_path": role_id, "secret_id_file_path": secret_id,
        "secret_id_response_wrapping_path":
            f"auth/approle/role/{name}/secret-id"}))
    leasehold.wait_for_log(r"\[ERROR\] auth\.failed .*was not made at")
    (folder / "new").write_text(wrapped_secret_id(real_vault, name))
    (folder / "new").rename(secret_id)
    leasehold.wait_ready()
    assert leasehold.client().get(READ).status == 200
    assert not secret_id.exists()


def make_token(real_vault, **facts):
    """A token of the server, as somebody else would make it."""
    answer = real_vault.call("POST", "auth/token/create", {
        "policies": ["app", "default"], "no_parent": True, **facts})
    return answer["auth"]["client_token"]


def test_token_file_keeps_a_renewable_token_alive(real_vault, check, folder):
    path = folder / "token"
    path.write_text(make_token(real_vault, ttl="4s", period="4s") + "\n")
    leasehold = check(method("token_file", {"token_file_path": path}))
    until(lambda: leasehold.status()["token"]["renewals"] >= 2, 30,
          "the renewals")
    assert leasehold.client().get(READ).status == 200
    assert leasehold.status()["token"]["generation"] == 1


def test_token_file_takes_the_next_token_ahead_of_the_end(
        real_vault, check, folder):
    path = folder / "token"
    path.write_text(make_token(real_vault, ttl="5s", renewable=False))
    leasehold = check(method("token_file", {"token_file_path": path}))
    path.write_text(make_token(real_vault, ttl="1h", renewable=False))
    generations(leasehold, 2)


def test_a_reload_replaces_the_method_without_a_gap(
        real_vault, check, cluster, account, folder):
    path = folder / "token"
    path.write_text(make_token(real_vault, ttl="1h"))
    leasehold = check(method("token_file", {"token_file_path": path}))
    name = account(**LONG)
    jwt = folder / "jwt"
    jwt.write_text(cluster.token("prod", name))
    leasehold.write_config(settings.proxy(real_vault.address, method(
        "kubernetes", {"role": name, "token_path": jwt})))
    leasehold.signal(signal.SIGHUP)
    generations(leasehold, 2)
    assert leasehold.status()["token"]["method"] == "kubernetes"
