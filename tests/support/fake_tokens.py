"""Tokens and leases on the scripted fake: the paths a proxy lives on."""

import dataclasses
import itertools
import threading
import time

from support.fake import Answer, errors

DENIED = "permission denied"


@dataclasses.dataclass
class Token:
    """A token that the fake has given out."""

    text: str
    accessor: str
    born: float
    ends: float


class Tokens:
    """Logins, renewals, look-ups and leases, by the clock of the test."""

    def __init__(self, fake, ttl=3600, max_ttl=None, now=time.monotonic):
        self.fake = fake
        self.ttl = ttl
        self.max_ttl = max_ttl
        self.now = now
        self.prefix = "hvs.fake"
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.leases = itertools.count(1)
        self.tokens = {}
        self.logins = 0
        self.renewals = 0
        self.revoked_leases = set()
        self._script()

    def _script(self):
        fake = self.fake
        fake.on_write("/v1/auth/approle/login", self.log_in)
        fake.on_write("/v1/auth/token/renew-self", self.renew_self)
        fake.on_write("/v1/sys/leases/revoke", self._revoke_lease)
        fake.on_write("/v1/sys/leases/renew", self._renew_lease)
        fake.on("GET", "/v1/auth/token/lookup-self", self._lookup_self)
        fake.on("GET", "/v1/database/creds/*", self._creds)

    def kv(self, path, data):
        """Answer a path with data to any living token."""
        self.fake.on("GET", path, self.guarded(lambda _: Answer(
            200, secret(data=data))))

    def guarded(self, inner):
        """An answer for living tokens only."""
        def answer(request):
            if self.find(request.token) is None:
                return errors(403, DENIED)
            return inner(request)
        return answer

    def find(self, text):
        """The token of that text while it lives."""
        with self.lock:
            token = self.tokens.get(text)
        return token if token and self.now() < token.ends else None

    def revoke_all(self):
        """Revoke every token, behind everybody's back."""
        with self.lock:
            self.tokens.clear()

    def accept(self, path, judge):
        """Log in whom judge(body) finds no fault with: it tells faults."""
        def login(request):
            fault = judge(request.json)
            return errors(400, fault) if fault else self.log_in(request)
        self.fake.on_write(path, login)

    def issue(self):
        """A new token."""
        with self.lock:
            number = next(self.numbers)
            token = Token(f"{self.prefix}{number}", f"{number}-accessor",
                          self.now(), self.now() + self.ttl)
            self.tokens[token.text] = token
        return token

    def log_in(self, _):
        """Answer a login of any method with a new token."""
        token = self.issue()
        with self.lock:
            self.logins += 1
        return Answer(200, secret(auth=self.tell(token)))

    def tell(self, token):
        """What an answer says of a token."""
        return {
            "client_token": token.text, "accessor": token.accessor,
            "policies": ["app", "default"], "token_policies": ["app"],
            "metadata": None, "renewable": True, "entity_id": "",
            "token_type": "service", "orphan": True,
            "lease_duration": max(0, round(token.ends - self.now()))}

    def renew_self(self, request):
        """A renewal of a token by itself."""
        token = self.find(request.token)
        if token is None:
            return errors(403, DENIED)
        with self.lock:
            self.renewals += 1
            token.ends = self.now() + self.ttl
            if self.max_ttl is not None:
                token.ends = min(token.ends, token.born + self.max_ttl)
        return Answer(200, secret(auth=self.tell(token)))

    def revoke_self(self, request):
        """The end of a token by itself."""
        if self.find(request.token) is None:
            return errors(403, DENIED)
        with self.lock:
            del self.tokens[request.token]
        return Answer(204)

    def _lookup_self(self, request):
        token = self.find(request.token)
        if token is None:
            return errors(403, DENIED)
        return Answer(200, secret(data={
            "id": token.text, "accessor": token.accessor, "renewable": True,
            "ttl": max(0, round(token.ends - self.now())), "type": "service",
            "policies": ["app", "default"], "path": "auth/approle/login"}))

    def _creds(self, request):
        if self.find(request.token) is None:
            return errors(403, DENIED)
        number = next(self.leases)
        role = request.path.rsplit("/", 1)[1]
        return Answer(200, secret(
            lease_id=f"database/creds/{role}/lease{number}",
            lease_duration=3600, renewable=True,
            data={"username": f"user{number}", "password": f"canary-pass{number}"}))

    def _revoke_lease(self, request):
        if self.find(request.token) is None:
            return errors(403, DENIED)
        with self.lock:
            self.revoked_leases.add(request.json["lease_id"])
        return Answer(204)

    def _renew_lease(self, request):
        lease = request.json["lease_id"]
        if lease in self.revoked_leases:
            return errors(400, "lease not found")
        return Answer(200, secret(
            lease_id=lease, lease_duration=3600, renewable=True))


def secret(**fields):
    """The envelope of an answer of Vault."""
    return {"request_id": "fake", "lease_id": "", "renewable": False,
            "lease_duration": 0, "data": None, "wrap_info": None,
            "warnings": None, "auth": None, **fields}
