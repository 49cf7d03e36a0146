"""Certificates for TLS listeners and servers, made with openssl."""

import hashlib
import ssl
import subprocess


def self_signed(folder, name):
    """Make a certificate for localhost and its key; their paths."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-out", str(cert), "-keyout", str(key)],
        check=True, capture_output=True)
    return cert, key


def client_context(authority=None):
    """A client's context: trusts the one file, or anything if none."""
    if authority is not None:
        return ssl.create_default_context(cafile=str(authority))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context(cert, key):
    """A server's context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def digest_of_file(cert):
    """The SHA-256 of a certificate in a PEM file."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(
        cert.read_text())).hexdigest()


def digest_of_peer(sock):
    """The SHA-256 of the certificate that the peer has shown."""
    return hashlib.sha256(sock.getpeercert(True)).hexdigest()
