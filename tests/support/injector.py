"""What the Agent Injector puts into a pod: arguments, environment, JSON.

The keys and their forms are those that its webhook generates; which of them
there are is told by annotations.
"""

import base64
import json

GENERATED = ("echo ${VAULT_CONFIG?} | base64 -d > /home/vault/config.json "
             "&& vault agent -config=/home/vault/config.json")
MOUNTED = ("touch /home/vault/.vault-token && vault agent "
           "-config=/vault/configs/config.hcl")
TOKEN_SINK = "/home/vault/.vault-token"
SECOND_SINK = "/vault/secrets/token"
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"


def shell(argument):
    """The command of a container."""
    return ["/bin/sh", "-ec", argument]


def sink(path):
    """One sink, as generated."""
    return {"type": "file", "config": {"path": path}}


def config(upstream, init=False, **more):
    """The configuration with no annotation but the role; more: other keys."""
    return {
        "auto_auth": {
            "method": {"type": "kubernetes", "mount_path": "auth/kubernetes",
                       "config": {"role": "app",
                                  "token_path": SERVICE_ACCOUNT}},
            "sink": [sink(TOKEN_SINK)]},
        "exit_after_auth": init,
        "pid_file": "/home/vault/.pid",
        "vault": {"address": upstream},
        "template_config": {"exit_on_retry_failure": True},
        **more}


def listener(address="127.0.0.1:0", **more):
    """The listener of agent-cache-enable."""
    return [{"type": "tcp", "address": address, "tls_disable": True, **more}]


def environment(settings, **more):
    """The environment of a container with a generated configuration."""
    text = json.dumps(settings)
    return {
        "NAMESPACE": "prod", "HOST_IP": "10.0.0.1", "POD_IP": "10.1.0.1",
        "VAULT_LOG_LEVEL": "info", "VAULT_LOG_FORMAT": "standard",
        "VAULT_CONFIG": base64.b64encode(text.encode()).decode(), **more}
