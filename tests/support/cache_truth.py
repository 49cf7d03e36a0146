"""A server that leases to tokens, and a model of what a cache may know of it.

Truth is what lives on the server. Model is what must lie in the cache in front
of it: it follows the answers that the server gave, and knows no other source.
"""

import dataclasses
import itertools

from support.fake import Answer, errors
from support.fake_tokens import secret

AUTO = "auto"           # what was got with the token of the daemon itself
NS = "ns1/"
FLOOR_PART = 0.1
FLOOR_MIN = 1
DEAD = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"


@dataclasses.dataclass
class Grant:
    """A lease or a token on the server."""

    name: str           # lease id, or the token
    token: str          # it was got with
    ends: float
    last: float
    is_alive: bool = True
    parent: str = None  # of a token: falls with that one


@dataclasses.dataclass
class Entry:
    """What the cache holds under a key."""

    key: tuple
    name: str
    under: str          # AUTO, a token, or None
    born: float
    expires: float
    latest: float
    namespace: str = ""
    is_token: bool = False
    most: int = 0       # the largest number where its life is shown

    def __post_init__(self):
        """A body keeps its length: so many digits as at first."""
        self.most = 10 ** len(str(self.latest)) - 1


class Model:
    """What must be in the cache."""

    def __init__(self, now):
        self.now = now
        self.entries = {}

    def find(self, key):
        """The entry that a look-up must hit now."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        floor = max(entry.latest * FLOOR_PART, FLOOR_MIN)
        return entry if entry.expires - self.now() >= floor else None

    def expire(self):
        """What has come to its end leaves, with all under it."""
        for entry in list(self.entries.values()):
            if entry.expires <= self.now():
                self.drop(entry)

    def named(self, name):
        """The entry of a lease id or a token."""
        return next((e for e in self.entries.values() if e.name == name), None)

    def manages(self, holder):
        """Whether what that token gets is kept."""
        return holder == AUTO or bool(
            (entry := self.named(holder)) and entry.is_token)

    def enter(self, entry):
        """An answer came in that the cache may keep."""
        if not self.manages(entry.under) and not entry.is_token:
            return
        old = self.entries.get(entry.key)
        if old is not None:
            self.drop(old)
        self.entries[entry.key] = entry

    def renewed(self, name, life):
        """A renewal was answered."""
        entry = self.named(name)
        if entry is None:
            return
        entry.expires, entry.latest = self.now() + life, life
        if life <= 0:
            self.drop(entry)

    def drop(self, entry):
        """It leaves, and all under it."""
        if self.entries.get(entry.key) is not entry:
            return
        del self.entries[entry.key]
        if entry.is_token:
            self.drop_under(entry.name)

    def drop_under(self, holder):
        """All that was got with a token leaves."""
        for entry in list(self.entries.values()):
            if entry.under == holder:
                self.drop(entry)

    def orphan(self, holder):
        """The tokens made with that one are under nobody from now on."""
        for entry in self.entries.values():
            if entry.under == holder and entry.is_token:
                entry.under = None


class Truth:
    """The server: grants, renews, revokes; tells the model what it said."""

    def __init__(self, world, random):
        self.tokens = world.tokens
        self.now = world.clock.now
        self.random = random
        self.model = Model(self.now)
        self.numbers = itertools.count(1)
        self.grants = {}
        self.trouble = None         # a name of the ones in _troubled()
        self.granted = []           # names, for the caller that waits
        fake = world.upstream
        fake.on("GET", "/v1/*", self.read)
        fake.on("GET", "/v1/leased/*", self.read)
        fake.on_write("/v1/*", self.write)
        fake.on_write("/v1/auth/token/renew-self", self.renew_self)
        fake.on_write("/v1/sys/leases/renew", self.renew)
        fake.on_write("/v1/sys/leases/revoke", self.write)

    def is_alive(self, name):
        """Whether a lease or token lives, with the token it hangs on."""
        grant = self.grants.get(name)
        if grant is None:
            return self.tokens.find(name) is not None
        return (grant.is_alive and grant.ends > self.now()
                and (grant.parent is None or self.is_alive(grant.parent)))

    def holder(self, token):
        """Who that token is to the cache."""
        return token if token in self.grants else AUTO

    def locate(self, request):
        """The namespace and the path in it."""
        path = request.path.removeprefix("/v1/")
        header = request.headers.get("x-vault-namespace", "").strip("/")
        namespace = f"{header}/" if header else ""
        if path.startswith(NS):
            namespace, path = namespace + NS, path.removeprefix(NS)
        return namespace, path

    def read(self, request):
        """A new lease."""
        if not self.is_alive(request.token):
            return errors(403, DEAD)
        namespace, path = self.locate(request)
        if not path.startswith("leased/"):
            return Answer(200, secret(data={"a": "b"}))
        if self.trouble in ("broken", "busy", "reset"):
            return self._troubled()
        ttl = self.random.choice([10, 60, 300, 1000])
        grant = self._grant(f"{path}/{next(self.numbers)}", request, ttl)
        grant.parent = request.token
        holder = self.holder(request.token)
        self.model.enter(Entry((holder, namespace, path), grant.name, holder,
                          self.now(), grant.ends, ttl, namespace))
        return Answer(200, secret(
            lease_id=grant.name, lease_duration=ttl, renewable=True,
            data={"number": grant.name}))

    def write(self, request):
        """Makes a token, or revokes."""
        if not self.is_alive(request.token):
            return errors(403, DEAD)
        _, path = self.locate(request)
        if path.startswith("auth/token/create"):
            return self._create(request, path.endswith("orphan"))
        if self.trouble in ("broken", "busy", "reset"):
            return self._troubled()
        self.granted.append("revoked")
        return Answer(204)

    def renew(self, request):
        """A renewal of a lease."""
        name = request.json["lease_id"]
        if self.trouble and (answer := self._troubled(request)):
            return answer
        if not self.is_alive(request.token):
            self._tell_dead(request.token, name)
            return errors(403, DEAD)
        if not self.is_alive(name):
            self._forget(name)
            return errors(400, "lease not found")
        life = self._lengthen(name, self.random.choice([0, 10, 60, 300, 300]))
        return Answer(200, secret(
            lease_id=name, lease_duration=life, renewable=True))

    def renew_self(self, request):
        """A renewal of a token."""
        if request.token not in self.grants:
            return self.tokens.renew_self(request)
        if self.trouble and (answer := self._troubled(request)):
            return answer
        if not self.is_alive(request.token):
            self._tell_dead(request.token, request.token)
            return errors(403, DEAD)
        life = self._lengthen(request.token, 2000)
        return Answer(200, secret(auth={
            "client_token": request.token, "accessor": "of" + request.token,
            "lease_duration": life, "renewable": True}))

    def revoke(self, name):
        """The end of one grant; what hangs on it is dead by that."""
        self.grants[name].is_alive = False

    def _create(self, request, is_orphan):
        if self.trouble in ("broken", "busy", "reset"):
            return self._troubled()
        grant = self._grant(f"hvs.own{next(self.numbers)}", request, 2000)
        holder = self.holder(request.token)
        grant.parent = None if is_orphan else request.token
        under = None if is_orphan and holder != AUTO else holder
        if is_orphan or self.model.manages(holder):
            self.model.enter(Entry(
                (holder, "", request.path, request.body), grant.name, under,
                self.now(), grant.ends, 2000, is_token=True))
        return Answer(200, secret(auth={
            "client_token": grant.name, "accessor": "of" + grant.name,
            "lease_duration": 2000, "renewable": True, "orphan": is_orphan,
            "token_type": "service", "policies": ["app"]}))

    def _grant(self, name, request, ttl):
        grant = Grant(name, request.token, self.now() + ttl,
                      self.now() + 3 * ttl)
        self.grants[name] = grant
        self.granted.append(name)
        return grant

    def _lengthen(self, name, ttl):
        grant = self.grants[name]
        grant.ends = min(self.now() + ttl, grant.last)
        life = int(grant.ends - self.now())
        grant.ends = self.now() + life
        self.model.renewed(name, life)
        return life

    def _forget(self, name):
        entry = self.model.named(name)
        if entry is not None:
            self.model.drop(entry)

    def _tell_dead(self, token, name):
        """The cache hears that a token is dead, when it renews with it."""
        self._forget(token if self.model.named(token) else name)

    def _troubled(self, request=None):
        """An answer that is none; None: this trouble is not for it."""
        if self.trouble == "broken":
            return errors(500, "broken")
        if self.trouble == "busy":
            return Answer(429, {"errors": ["slow down"]},
                          (("Retry-After", "20"),))
        if self.trouble == "reset":
            return Answer(200, reset_at=0)
        if self.trouble == "denied":
            return errors(403, "permission denied")
        name = (request.json or {}).get("lease_id", request.token)
        if self.trouble == "gone" and name != request.token:
            self.revoke(name)
            self._forget(name)
            return errors(400, "lease not found")
        if self.trouble == "dead" and request.token in self.grants:
            self.revoke(request.token)
            self._tell_dead(request.token, name)
            return errors(403, DEAD)
        return None
