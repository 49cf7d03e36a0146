"""The configurations of everything that is started."""

import json

LEASE_SECONDS = 3600
# So that renewals are limited by nothing but what they cost.
EAGER = "background {\n  per_second = 1000\n  max_running = 64\n}\n"

NGINX_HEAD = """
worker_processes 1;
daemon off;
master_process off;
pid {folder}/{name}.pid;
error_log {folder}/{name}.error;
worker_rlimit_nofile 65536;
events {{ worker_connections 30000; }}
http {{
  access_log off;
  server_tokens off;
  default_type application/json;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_body_temp_path {folder}/{name}.body;
  proxy_temp_path {folder}/{name}.proxy;
  fastcgi_temp_path {folder}/{name}.fastcgi;
  uwsgi_temp_path {folder}/{name}.uwsgi;
  scgi_temp_path {folder}/{name}.scgi;
  client_max_body_size 8m;
  client_body_buffer_size 2m;
  proxy_buffers 32 64k;
  proxy_buffer_size 64k;
  proxy_busy_buffers_size 128k;
"""

UPSTREAM = """
  server {{
    listen 127.0.0.1:{plain} backlog=16384;
    listen 127.0.0.1:{tls} ssl;
    listen 127.0.0.1:{h2} ssl http2;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    location /v1/auth/approle/login {{ return 200 '{auth}'; }}
    location /v1/auth/token/lookup-self {{ return 200 '{lookup}'; }}
    location /v1/auth/token/renew-self {{ return 200 '{auth}'; }}
    location /v1/sys/leases/renew {{ return 200 '{renewal}'; }}
    location /v1/sys/health {{ return 200 '{{"sealed":false}}'; }}
    location /v1/leased/ {{ return 200 '{leased}'; }}
    location /v1/short/ {{ return 200 '{short}'; }}
    location /v1/plain/ {{ return 200 '{plain_answer}'; }}
    location /v1/files/ {{ alias {folder}/files/; }}
  }}
}}
"""


def token(lifetime):
    """The answer of a login."""
    return json.dumps({"auth": {
        "client_token": "s.bench-token", "accessor": "bench-accessor",
        "policies": ["default"], "token_policies": ["default"],
        "lease_duration": lifetime, "renewable": True,
        "token_type": "service", "entity_id": "", "orphan": True}})


def lookup():
    """The answer of auth/token/lookup-self."""
    return json.dumps({"request_id": "bench", "data": {
        "id": "s.bench-token", "accessor": "bench-accessor", "ttl": 86400,
        "creation_ttl": 86400, "renewable": True, "orphan": True,
        "policies": ["default"], "type": "service"}})


def answer(lease_id, seconds, payload):
    """An answer of Vault with so much data."""
    return json.dumps({
        "request_id": "3f1d6d9c-8f0e-4a39-9d1c-57b1f4b0c7a1",
        "lease_id": lease_id, "lease_duration": seconds,
        "renewable": bool(lease_id),
        "data": {"username": "v-approle-app", "password": "x" * payload},
        "wrap_info": None, "warnings": None, "auth": None},
        separators=(",", ":"))


def upstream(folder, ports, short_seconds):
    """nginx as Vault: leased answers (one a path), unleased ones, files."""
    (folder / "files").mkdir(exist_ok=True)
    for name, size in (("16k", 16 * 1024), ("1m", 1000 * 1000)):
        (folder / "files" / name).write_text(
            answer(f"database/creds/{name}/1", LEASE_SECONDS, size - 260))
        (folder / "files" / f"plain-{name}").write_text(
            answer("", 0, size - 230))
    return NGINX_HEAD.format(folder=folder, name="upstream") + \
        UPSTREAM.format(
            folder=folder, auth=token(86400), lookup=lookup(),
            renewal=json.dumps({
                "lease_id": "renewed", "lease_duration": short_seconds,
                "renewable": True}),
            leased=answer("database/creds$request_uri", LEASE_SECONDS, 170),
            short=answer("database/creds$request_uri", short_seconds, 170),
            plain_answer=answer("", 0, 200), **ports)


def nginx_return(folder, port):
    """The shortest way through nginx."""
    return NGINX_HEAD.format(folder=folder, name="return") + f"""
  server {{ listen 127.0.0.1:{port} backlog=16384;
    location / {{ return 200 '{answer("a/b/c", 3600, 190)}'; }} }} }}
"""


def nginx_proxy(folder, doors, target):
    """nginx with a cache (doors.cache) and without (doors.pass)."""
    common = """proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header X-Vault-Token s.bench-token;"""
    return NGINX_HEAD.format(folder=folder, name="proxy") + f"""
  proxy_cache_path {folder}/cache keys_zone=zone:64m max_size=1g;
  upstream vault {{ server 127.0.0.1:{target}; keepalive 128;
    keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{doors["cache"]} backlog=16384;
    {tls_door(folder, doors.get("cache-tls"))}
    location / {{ proxy_pass http://vault; {common}
      proxy_cache zone; proxy_cache_methods GET HEAD POST;
      proxy_cache_key "$request_method$request_uri$request_body";
      proxy_cache_valid 200 1h; }} }}
  server {{ listen 127.0.0.1:{doors["pass"]} backlog=16384;
    location / {{ proxy_pass http://vault; {common} }} }} }}
"""


def tls_door(folder, port):
    """A listen line with its certificate, or nothing."""
    if port is None:
        return ""
    return f"""listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;"""


def proxy(folder, name, doors, address):
    """The configuration that leasehold and the incumbents share."""
    roles = folder / f"{name}.roles"
    roles.mkdir(exist_ok=True)
    (roles / "role_id").write_text("bench")
    (roles / "secret_id").write_text("bench")
    listeners = f"""
listener "tcp" {{
  address = "127.0.0.1:{doors["plain"]}"
  tls_disable = true
}}
"""
    if "tls" in doors:
        listeners += f"""
listener "tcp" {{
  address = "127.0.0.1:{doors["tls"]}"
  tls_cert_file = "{folder}/cert.pem"
  tls_key_file = "{folder}/key.pem"
}}
"""
    if "unix" in doors:
        listeners += f"""
listener "unix" {{
  address = "{doors["unix"]}"
  tls_disable = true
}}
"""
    return f"""
vault {{
  address = "{address}"
  ca_cert = "{folder}/cert.pem"
}}
auto_auth {{
  method "approle" {{
    config = {{
      role_id_file_path = "{roles}/role_id"
      secret_id_file_path = "{roles}/secret_id"
      remove_secret_id_file_after_reading = false
    }}
  }}
}}
api_proxy {{
  use_auto_auth_token = true
}}
cache {{
}}
log_level = "warn"
{listeners}"""
