"""SIGHUP: certificates and log level are read anew, mistakes are refused."""

import re
import shutil
import signal
import time

import pytest

from support import certs
from support.waiting import until

pytestmark = pytest.mark.fake


@pytest.fixture
def tls(daemons, config, folder):
    """A daemon with a TLS listener, and the paths of its files."""
    files = folder / "cert.pem", folder / "cert.key"
    for made, used in zip(certs.self_signed(folder, "first"), files):
        shutil.copy(made, used)
    config['listener "tcp"'] = {
        "address": "127.0.0.1:0",
        "tls_cert_file": str(files[0]), "tls_key_file": str(files[1])}
    return daemons.start(config), files


def shown(leasehold):
    """The digest of the certificate that the daemon shows."""
    context = certs.client_context()
    with leasehold.connection(context=context) as peer:
        return certs.digest_of_peer(peer.sock)


def test_certificates_are_read_anew(tls, folder):
    leasehold, files = tls
    assert shown(leasehold) == certs.digest_of_file(folder / "first.pem")
    with leasehold.connection(context=certs.client_context()) as old:
        assert old.request("GET", "/leasehold/v1/health").status == 200
        for made, used in zip(certs.self_signed(folder, "second"), files):
            shutil.copy(made, used)
        leasehold.signal(signal.SIGHUP)
        wanted = certs.digest_of_file(folder / "second.pem")
        until(lambda: shown(leasehold) == wanted, 30, "the new certificate")
        assert old.request("GET", "/leasehold/v1/health").status == 200


def test_a_bad_certificate_leaves_the_old_one(tls, folder):
    leasehold, files = tls
    files[0].write_text("no certificate\n")
    before = len(leasehold.log())
    leasehold.signal(signal.SIGHUP)
    until(lambda: "cert.pem" in leasehold.log()[before:], 30, "the refusal")
    assert shown(leasehold) == certs.digest_of_file(folder / "first.pem")


def test_a_hangup_at_the_end_of_the_start_is_a_reload(
        daemons, config, folder):
    path = folder / "pid"
    leasehold = daemons.create({"pid_file": str(path), **config}).launch()
    end = time.monotonic() + 30
    while not path.exists() and time.monotonic() < end:
        pass        # the signal comes as soon as the number is there
    leasehold.signal(signal.SIGHUP)
    leasehold.wait_for_log(r"\breload\.done\b", 30)


def test_the_log_level_is_read_anew(daemons, config, tokens):
    leasehold = daemons.start({"log_level": "info", **config}).wait_ready()
    leasehold.write_config({"log_level": "debug", **config})
    leasehold.signal(signal.SIGHUP)
    leasehold.wait_for_log(r"\breload\.done\b")
    assert "[DEBUG]" not in leasehold.log()
    tokens.revoke_all()     # the new login is told at debug level
    assert leasehold.client().get("/v1/kv1/a").status == 200
    leasehold.wait_for_log(r"\[DEBUG\]")


@pytest.mark.parametrize("told", [
    {"args": ["-log-level=warn"]}, {"env": {"VAULT_LOG_LEVEL": "warn"}}])
def test_a_log_level_in_the_file_beats_that_of_the_start(
        daemons, config, told):
    path = str(daemons.folder / "told.sock")
    del config['listener "tcp"']
    config['listener "unix"'] = {"address": path, "tls_disable": True}
    leasehold = daemons.create(config, **told).launch()
    until(lambda: "leasehold started!" in leasehold.log(), 30, "the start")
    leasehold.write_config({"log_level": "debug", **config})
    leasehold.signal(signal.SIGHUP)
    leasehold.wait_for_log(r"\[INFO\]  reload\.done\b")


def test_a_bad_configuration_leaves_the_old_one(leasehold):
    leasehold.config_path.write_text('listener "tcp" {\n  address =\n}\n')
    before = len(leasehold.log())
    leasehold.signal(signal.SIGHUP)
    until(lambda: "leasehold.hcl:" in leasehold.log()[before:], 30,
          "the refusal with its place")
    leasehold.wait_for_log(r"\breload\.done\b.*configuration=refused")
    assert leasehold.client().get("/v1/kv1/a").status == 200


@pytest.mark.parametrize("change,setting", [
    ({"cache": {"max_entries": 7}}, "cache max_entries"),
    ({"shutdown_timeout": "3s"}, "shutdown_timeout"),
    ({'listener "tcp"': {"address": "127.0.0.1:0", "tls_disable": True,
                         "allow_browsers": True}},
     "listener allow_browsers")])
def test_what_takes_a_restart_is_told(daemons, config, change, setting):
    leasehold = daemons.start(config).wait_ready()
    check_told(leasehold, {**config, **change}, setting)


def check_told(leasehold, config, setting):
    """With that configuration it says what takes a restart."""
    leasehold.write_config(config)
    leasehold.signal(signal.SIGHUP)
    leasehold.wait_for_log(r"\breload\.done\b.*configuration=taken")
    told = re.search(r"reload\.needs_restart setting=(.*?) advice=",
                     leasehold.log())
    assert told and told[1].strip('"') == setting


def test_another_password_of_a_server_is_told(daemons, config):
    address = config["vault"]["address"]
    config["vault"]["address"] = address.replace("//", "//app:first@")
    leasehold = daemons.start(config).wait_ready()
    config["vault"]["address"] = address.replace("//", "//app:second@")
    check_told(leasehold, config, "vault address")
    assert "second" not in leasehold.log()


def test_another_password_of_a_forward_proxy_is_told(daemons, config):
    config["vault"]["proxy_address"] = "http://app:first@127.0.0.1:1"
    leasehold = daemons.start(config)
    config["vault"]["proxy_address"] = "http://app:second@127.0.0.1:1"
    check_told(leasehold, config, "vault proxy_address")


def test_another_namespace_before_that_of_callers_is_told(daemons, config):
    config["api_proxy"]["prepend_configured_namespace"] = True
    config["vault"]["namespace"] = "first"
    leasehold = daemons.start(config).wait_ready()
    config["vault"]["namespace"] = "second"
    check_told(leasehold, config, "vault namespace")


def test_what_is_obeyed_needs_no_restart(daemons, config):
    config["vault"]["namespace"] = "first"
    leasehold = daemons.start(config).wait_ready()
    config["vault"]["namespace"] = "second"
    leasehold.write_config({"log_level": "debug", **config})
    leasehold.signal(signal.SIGHUP)
    leasehold.wait_for_log(r"\breload\.done\b.*configuration=taken")
    assert "reload.needs_restart" not in leasehold.log()
