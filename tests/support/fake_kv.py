"""KV version 2 on the scripted fake: values that the test sets."""

import threading

from support.fake import Answer, errors
from support.fake_tokens import secret


class Secrets:
    """Paths below secret/, read by any living token."""

    def __init__(self, fake, tokens):
        self.fake = fake
        self.lock = threading.Lock()
        self.values = {}
        self.numbers = 0
        self.sealed = False
        self.allowed = lambda request: tokens.find(request.token) is not None
        fake.on("GET", "/v1/secret/*", self._read)
        fake.on("LIST", "/v1/secret/*", self._read)
        for method in ("PUT", "POST", "PATCH", "DELETE"):
            fake.on(method, "/v1/secret/*", self._write)

    def set(self, name, value):
        """Set a value, as another client would."""
        with self.lock:
            self.values[name] = value

    def delete(self, name):
        """Remove a value, as another client would."""
        with self.lock:
            del self.values[name]

    def reads(self, name=None):
        """How many reads were heard, of one secret or of all."""
        path = name and f"/v1/secret/data/{name}"
        return len([r for r in self.fake.requests(path)
                    if r.method in ("GET", "LIST")
                    and r.path.startswith("/v1/secret/")])

    def _read(self, request):
        if self.sealed:
            return errors(503, "Vault is sealed")
        if not self.allowed(request):
            return errors(403, "permission denied")
        kind, _, name = request.path[len("/v1/secret/"):].partition("/")
        with self.lock:
            self.numbers += 1
            number = self.numbers
            value = self.values.get(name)
            if kind == "metadata":
                data = {"keys": sorted(
                    key[len(name):] for key in self.values
                    if key.startswith(name))}
            elif value is None:
                return Answer(404, {"errors": []})
            else:
                data = {"data": {"value": value},
                        "metadata": {"version": 1}}
        return Answer(200, secret(
            request_id=f"request{number}", data=data, mount_type="kv"))

    def _write(self, request):
        name = request.path.split("/", 4)[4]
        if request.method == "DELETE":
            self.delete(name)
        else:
            self.set(name, request.json["data"]["value"])
        return Answer(204)
