"""Rows: TLS is not as it must be, names are not found or move."""

import socket
import ssl
import warnings

from faults.place import Row
from faults.preload import Fault
from support import certs, clock
from support.fake import Answer, Fake
from support.waiting import until

OK = Answer(200, {"data": {"color": "blue"}})
ELSEWHERE = "127.0.0.2"


class Secure(Fake):
    """A server over TLS; told keeps what was heard in the clear."""

    def __init__(self, place, change=lambda context: None):
        self.cert, key = certs.self_signed(place.folder, "upstream")
        context = certs.server_context(self.cert, key)
        change(context)
        super().__init__(context)
        self.on("GET", "/v1/a", OK)


def refused(place, server, env=None, **vault):
    """The caller is told; no request, so no token, reaches the server."""
    config = place.config(auth=False, vault={
        "address": server.address, "ca_cert": str(server.cert), **vault})
    daemon = place.start(config, env=env or {})
    token = "hvs.not-for-this-server"
    reply = daemon.client(token=token, timeout=30).get("/v1/a")
    assert reply.status == 502, reply
    assert not server.requests(), "a request was sent"
    assert token not in daemon.log()
    text = reply.json["errors"][0]
    return Row(f'502 "{text[:110]}"', "a handshake, and no token", "nothing")


def expired(place):
    """Ten days after the end of the certificate."""
    server = place.serve(Secure(place))
    moved = clock.Clock(place.folder)
    moved.advance(10 * 24 * 3600)
    return refused(place, server, moved.environment())


def wrong_name(place):
    """The certificate is good for another host."""
    server = place.serve(Secure(place))
    return refused(place, server, tls_server_name="vault.example")


def wrong_authority(place):
    """Nobody whom we trust has signed it."""
    server = place.serve(Secure(place))
    other, _ = certs.self_signed(place.folder, "other")
    return refused(place, server, ca_cert=str(other))


def old_protocol(place):
    """The server speaks TLS 1.1 only."""
    def old(context):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")     # that it is old
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    return refused(place, place.serve(Secure(place, old)))


def no_tls(place):
    """The server answers in the clear."""
    server = place.serve(Fake())
    server.on("GET", "/v1/a", OK)
    server.cert, _ = certs.self_signed(place.folder, "upstream")
    return refused(place, server,
                   address=server.address.replace("http:", "https:"))


def silent_handshake(place):
    """The server accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cert, _ = certs.self_signed(place.folder, "upstream")
        config = place.config(auth=False, vault={
            "address": f"https://127.0.0.1:{listener.getsockname()[1]}",
            "ca_cert": str(cert), "client_timeout": "2s"})
        reply = place.start(config).client(timeout=30).get("/v1/a")
        assert reply.status in (502, 504), reply
    return Row(f"{reply.status} after the time limit",
               "a connection, and no token", "nothing")


def at_a_name(place, **how):
    """A daemon whose server has a name that the test moves."""
    hosts = place.folder / "hosts"
    hosts.write_text("127.0.0.1\n")
    fault = Fault(place.folder, ("getaddrinfo",), every=1, switched=True)
    env = fault.environment(how.pop("env", {}))
    env["FAULT_HOSTS"] = str(hosts)
    place.upstream.on("GET", "/v1/a", OK)
    # What plays the name service reads a file of its own in the process.
    config = place.config(auth=False, process={"landlock": False}, vault={
        "address": f"http://moving.test:{place.upstream.port}"})
    return place.start(config, env=env), fault, hosts


def no_names(place):
    """The name service fails for a while."""
    daemon, fault, _ = at_a_name(place)
    fault.switch(True)
    reply = daemon.client(timeout=30).get("/v1/a")
    assert reply.status == 502, reply
    assert not place.upstream.requests()
    fault.switch(False)
    until(lambda: daemon.client().get("/v1/a").status == 200, 30, "an answer")
    return Row("502, and answers as soon as names are found", "nothing",
               "nothing")


def the_name_moves(place):
    """The server has another address from now on."""
    daemon, _, hosts = at_a_name(place)
    assert daemon.client().get("/v1/a").status == 200
    place.upstream.close_port()
    place.upstream.host = ELSEWHERE
    place.upstream.open_port()
    hosts.write_text(ELSEWHERE + "\n")
    statuses = []

    def answered():
        statuses.append(daemon.client().get("/v1/a").status)
        return statuses[-1] == 200
    until(answered, 30, "an answer from the new address")
    assert set(statuses) <= {200, 502}, statuses
    return Row("502 for the few seconds that a name is kept, then answers",
               "requests at its new address", "nothing")


ROWS = {
    "TLS: expired": expired,
    "TLS: wrong name": wrong_name,
    "TLS: wrong authority": wrong_authority,
    "TLS: old protocol": old_protocol,
    "TLS: none where it must be": no_tls,
    "TLS: silent handshake": silent_handshake,
    "DNS fails": no_names,
    "DNS changes": the_name_moves,
}
