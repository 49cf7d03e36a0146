"""The file of a credential in every state: one line for each change, no
crash, and a token within one backoff once it is good."""

import os
import re
import shutil

import pytest

from support import certs, settings
from support.fake import Answer, errors
from support.waiting import until

pytestmark = pytest.mark.fake

BACKOFF = {"min_backoff": "30ms", "max_backoff": "60ms"}
READ = "/v1/kv1/a"
NOBODY = 65534
LOUD = re.compile(r"\[(ERROR|WARN)\] +auth\."
                  r"(failed|refused|unreachable|credentials|certificate)")


class Method:
    """A method whose credential lies in one file of interest."""

    keeps = True            # the last good one, when the file goes bad
    login = None

    def __init__(self, folder, tokens):
        self.tokens = tokens
        self.path = folder / "credential"
        self.other = folder / "other"
        self.other.write_text("another-credential")
        self.other.chmod(0o644)
        self.accepted = {self.good(number) for number in range(1, 4)}
        tokens.fake.on_write(self.login, self.answer)

    def good(self, number):
        """A credential that is accepted."""
        return f"good-credential-{number}"

    def answer(self, request):
        """The login as the server sees it."""
        if self.credential(request.json) not in self.accepted:
            return errors(400, "invalid credential")
        return self.tokens.log_in(request)

    def put(self, text):
        """Replace the file in one step."""
        draft = self.path.with_name("draft")
        draft.write_text(text)
        draft.chmod(0o644)
        os.replace(draft, self.path)


class RoleId(Method):
    """approle, the role id."""

    login = "/v1/auth/approle/login"
    block = property(lambda self: ("approle", {
        "role_id_file_path": self.path,
        "secret_id_file_path": self.other,
        "remove_secret_id_file_after_reading": False}))

    def credential(self, body):
        """What came."""
        return body["role_id"]


class SecretId(Method):
    """approle, the secret id."""

    login = "/v1/auth/approle/login"
    block = property(lambda self: ("approle", {
        "role_id_file_path": self.other,
        "secret_id_file_path": self.path,
        "remove_secret_id_file_after_reading": False}))

    def credential(self, body):
        """What came."""
        return body["secret_id"]


class WrappedSecretId(SecretId):
    """approle, what wraps the secret id."""

    block = property(lambda self: ("approle", {
        "role_id_file_path": self.other,
        "secret_id_file_path": self.path,
        "remove_secret_id_file_after_reading": False,
        "secret_id_response_wrapping_path": "auth/approle/role/r/secret-id"}))

    def __init__(self, folder, tokens):
        super().__init__(folder, tokens)
        tokens.fake.on("GET", "/v1/sys/wrapping/lookup", self.look_up)
        tokens.fake.on_write("/v1/sys/wrapping/unwrap", self.unwrap)

    def look_up(self, request):
        """Where a wrapping token was made."""
        if request.token not in self.accepted:
            return errors(400, "wrapping token is not valid")
        return Answer(200, {"data": {
            "creation_path": "auth/approle/role/r/secret-id"}})

    def unwrap(self, request):
        """The secret id is the wrapping token again."""
        return Answer(200, {"data": {"secret_id": request.token}})


class Kubernetes(Method):
    """kubernetes: an old token would be refused anyhow."""

    keeps = False
    login = "/v1/auth/kubernetes/login"
    block = property(lambda self: ("kubernetes", {
        "role": "app", "token_path": self.path}))

    def credential(self, body):
        """What came."""
        return body["jwt"]


class Jwt(Method):
    """jwt."""

    login = "/v1/auth/jwt/login"
    block = property(lambda self: ("jwt", {
        "role": "app", "path": self.path,
        "remove_jwt_after_reading": False}))

    def credential(self, body):
        """What came."""
        return body["jwt"]


class Userpass(Method):
    """userpass."""

    kind = "userpass"
    login = "/v1/auth/userpass/login/app"
    block = property(lambda self: (self.kind, {
        "username": "app", "password_file_path": self.path,
        "remove_password_after_reading": False}))

    def credential(self, body):
        """What came."""
        return body["password"]


class Ldap(Userpass):
    """ldap."""

    kind = "ldap"
    login = "/v1/auth/ldap/login/app"


class TokenFile(Method):
    """token_file: the credential is the token."""

    login = "/v1/auth/none/login"
    block = property(lambda self: ("token_file", {
        "token_file_path": self.path}))

    def good(self, number):
        """A token that lives: made anew each time."""
        answer = self.tokens.log_in(None)
        return answer.body["auth"]["client_token"]


class Cert(Method):
    """cert: the file of the certificate; of another key it is wrong."""

    login = "/v1/auth/cert/login"
    block = property(lambda self: ("cert", {
        "client_cert": self.path, "client_key": self.key, "reload": True}))

    def __init__(self, folder, tokens):
        self.pair = certs.self_signed(folder, "client")
        self.key = self.pair[1]
        self.key.chmod(0o644)
        super().__init__(folder, tokens)
        tokens.fake.on_write(self.login, tokens.log_in)

    def good(self, number):
        """The same for ever."""
        return self.pair[0].read_text()


METHODS = [RoleId, SecretId, WrappedSecretId, Kubernetes, Jwt, Userpass,
           Ldap, TokenFile, Cert]


@pytest.fixture(params=METHODS, ids=lambda kind: kind.__name__)
def method(request, folder, tokens):
    """A method, its server set up, its file not there."""
    tokens.kv(READ, {"color": "blue"})
    (folder / "files").mkdir()
    return request.param(folder / "files", tokens)


@pytest.fixture
def launch(daemons, upstream, method):
    """Starts a daemon with the method; as a user for whom modes count."""
    def make():
        kind, config = method.block
        user = NOBODY if os.geteuid() == 0 else None
        return daemons.start(settings.proxy(upstream.address, {
            f'method "{kind}"': {**BACKOFF, "config": {
                key: value if isinstance(value, bool) else str(value)
                for key, value in config.items()}}},
            background={"per_second": 1000}, api_proxy={
                "use_auto_auth_token": True, "token_wait": "200ms"}),
            user=user)
    return make


def complaints(leasehold):
    """The loud lines about logins so far."""
    return [line for line in leasehold.log().splitlines()
            if LOUD.search(line)]


def check_one_line(leasehold, before, words):
    """A change has made one line, however many tries it took."""
    until(lambda: len(complaints(leasehold)) > before, 30, "the line")
    tries = leasehold.status()["token"]["failures"]
    until(lambda: leasehold.status()["token"]["failures"] >= tries + 3, 30,
          "three further tries")
    lines = complaints(leasehold)
    assert len(lines) == before + 1, lines
    assert any(word in lines[-1] for word in words), lines[-1]
    assert leasehold.client().get("/leasehold/v1/ready").status == 503


def make_unreadable(method):
    """There, and not for us."""
    draft = method.path.with_name("draft")
    draft.write_text(method.good(1))
    draft.chmod(0)
    os.replace(draft, method.path)


def make_dangling(method):
    """A link that leads nowhere."""
    draft = method.path.with_name("draft")
    draft.symlink_to("nowhere")
    os.replace(draft, method.path)


NO_CERTIFICATE = ["is empty", ": empty", "no certificate", "not PEM"]
# In turn, each step in one move.
BAD = {
    "directory": (lambda m: m.path.mkdir(), ["not a regular file"]),
    "missing": (lambda m: m.path.rename(m.path.with_name("away")),
                ["No such file"]),
    "empty": (lambda m: m.put(""), NO_CERTIFICATE),
    "unreadable": (make_unreadable, ["Permission denied"]),
    "dangling": (make_dangling, ["No such file"]),
    "wrong": (lambda m: m.put("wrong-credential-1"),
              NO_CERTIFICATE + ["status 40"]),
    "wrong and gone": (make_dangling, ["No such file"]),
    "otherwise wrong": (lambda m: m.put("wrong-credential-2"),
                        NO_CERTIFICATE + ["status 40"]),
}


def test_each_bad_state_is_one_line_until_it_is_good(method, launch):
    leasehold = None
    for number, (make_bad, words) in enumerate(BAD.values()):
        make_bad(method)
        leasehold = leasehold or launch()
        check_one_line(leasehold, number, words)
    method.put(method.good(1) + "\n")
    leasehold.wait_ready()
    assert len(complaints(leasehold)) == len(BAD)
    assert leasehold.client().get(READ).status == 200


def revoke(method, living=None):
    """All tokens are dead but one, if the file has that."""
    with method.tokens.lock:
        for text in list(method.tokens.tokens):
            if text != living:
                del method.tokens.tokens[text]


def serves(leasehold):
    """Whether a request is answered with our token."""
    return leasehold.client().get(READ).status == 200


def test_a_rotated_file_is_used_for_the_next_login(method, launch):
    method.put(method.good(1))
    leasehold = launch().wait_ready()
    second = method.good(2)
    method.put(second + "\n")
    method.accepted.discard("good-credential-1")
    revoke(method, second)
    until(lambda: serves(leasehold), 30, "the new credential")
    assert not complaints(leasehold)


def test_a_swapped_symlink_is_used_for_the_next_login(method, launch):
    first, second = (method.path.with_name(name) for name in "ab")
    for folder, number in ((first, 1), (second, 2)):
        folder.mkdir()
        method.put(method.good(number))
        shutil.move(method.path, folder / "credential")
    data = method.path.with_name("..data")
    data.symlink_to(first.name)
    method.path.symlink_to("..data/credential")
    leasehold = launch().wait_ready()
    swap = method.path.with_name("..data_tmp")
    swap.symlink_to(second.name)
    os.replace(swap, data)
    method.accepted.discard("good-credential-1")
    revoke(method, (second / "credential").read_text())
    until(lambda: serves(leasehold), 30, "the credential behind the link")
    assert not complaints(leasehold)


@pytest.mark.parametrize("state", ["missing", "empty", "unreadable"])
def test_a_file_that_goes_bad_leaves_the_credential(method, launch, state):
    if isinstance(method, TokenFile):
        pytest.skip("its token is the credential: gone with it")
    method.put(method.good(1))
    leasehold = launch().wait_ready()
    BAD[state][0](method)
    revoke(method)
    if method.keeps:
        until(lambda: serves(leasehold), 30, "the next token")
        assert len(complaints(leasehold)) == 1
        assert any(word in complaints(leasehold)[0]
                   for word in BAD[state][1])
        return
    assert leasehold.client().get(READ).status in (403, 503)
    check_one_line(leasehold, 0, BAD[state][1])
    method.put(method.good(1))
    leasehold.wait_ready()
