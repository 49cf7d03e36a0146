"""What the integration tests share: upstreams, clients, the daemon."""
