"""Leases on the scripted fake: granted, renewed and revoked by its clock."""

import dataclasses
import itertools

from support.fake import Answer, errors
from support.fake_tokens import DENIED, secret

RENEW = "/v1/sys/leases/renew"


@dataclasses.dataclass
class Lease:
    """A lease as the server knows it."""

    lease_id: str
    token: str
    namespace: str
    ends: float
    last: float         # it cannot be renewed beyond that
    renewals: int = 0


class Leases:
    """Every path below /v1/leased/ grants a lease to a living token."""

    def __init__(self, tokens, ttl=3600, max_ttl=10 ** 9, pad=0):
        self.fake = tokens.fake
        self.tokens = tokens
        self.ttl = ttl
        self.max_ttl = max_ttl
        self.pad = "x" * pad
        self.numbers = itertools.count(1)
        self.by_id = {}
        self.trouble = None     # a function from Request to Answer or None
        self.fake.on("GET", "/v1/leased/*", tokens.guarded(self.grant))
        self.fake.on_write(RENEW, self.renew)

    @property
    def now(self):
        """The time of the server."""
        return self.fake.now()

    def grant(self, request):
        """A new lease."""
        number = next(self.numbers)
        path = request.path.removeprefix("/v1/")
        lease = Lease(f"{path}/{number}", request.token,
                      request.headers.get("x-vault-namespace", ""),
                      self.now + self.ttl, self.now + self.max_ttl)
        self.by_id[lease.lease_id] = lease
        return Answer(200, self.tell(lease, {
            "username": f"user{number}", "pad": self.pad}))

    def renew(self, request):
        """A renewal, as the server does it unless there is trouble."""
        answer = self.trouble(request) if self.trouble else None
        if answer is not None:
            return answer
        if self.tokens.find(request.token) is None:
            return errors(403, DENIED)
        lease = self.by_id.get(request.json["lease_id"])
        if lease is None or lease.ends <= self.now:
            return errors(400, "lease not found")
        lease.ends = min(self.now + self.ttl, lease.last)
        lease.renewals += 1
        return Answer(200, self.tell(lease, None))

    def tell(self, lease, data):
        """The answer about a lease."""
        return secret(lease_id=lease.lease_id, renewable=True, data=data,
                      lease_duration=round(lease.ends - self.now))

    def fetches(self):
        """The requests for leases so far."""
        return [r for r in self.fake.requests(method="GET")
                if r.path.startswith("/v1/leased/")]

    def renewals(self):
        """The requests to renew one so far."""
        return self.fake.requests(RENEW)
