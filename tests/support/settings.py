"""Configuration text from plain values."""

import json


def render(settings, indent=""):
    """HCL: a dict is a block, a list of dicts is a repeated block."""
    lines = []
    for key, value in settings.items():
        blocks = value if _is_blocks(value) else [value]
        for block in blocks:
            lines += _entry(key, block, indent)
    return "\n".join(lines) + ("" if indent else "\n")


def _is_blocks(value):
    return isinstance(value, list) and value and isinstance(value[0], dict)


def _entry(key, value, indent):
    if isinstance(value, dict):
        inner = render(value, indent + "  ")
        return [f"{indent}{key} {{", inner, f"{indent}}}"] if value else [
            f"{indent}{key} {{ }}"]
    return [f"{indent}{key} = {json.dumps(value)}"]


def approle(role_id_file, secret_id_file, **method):
    """An auto_auth method block that logs in with an AppRole."""
    return {'method "approle"': {
        **method,
        "config": {
            "role_id_file_path": str(role_id_file),
            "secret_id_file_path": str(secret_id_file),
            "remove_secret_id_file_after_reading": False,
        },
    }}


def method(name, config, **more):
    """An auto_auth method block of any kind."""
    return {f'method "{name}"': {**more, "config": config}}


def sink(path):
    """A sink block that writes the token to a file."""
    return {'sink "file"': {"config": {"path": str(path)}}}


def proxy(upstream, auto_auth=None, **more):
    """A whole configuration: one plain listener, the token put on all."""
    settings = {"vault": {"address": upstream}}
    if auto_auth is not None:
        settings["auto_auth"] = auto_auth
        settings["api_proxy"] = {"use_auto_auth_token": True}
    settings['listener "tcp"'] = {
        "address": "127.0.0.1:0", "tls_disable": True}
    for key, value in more.items():
        settings[key] = value
    return settings
