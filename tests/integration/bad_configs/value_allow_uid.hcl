# expect: 5: listener.allow_uids: holds "nobody-of-that-name", which is not known here
listener "unix" {
  address     = "/run/leasehold.sock"
  tls_disable = true
  allow_uids  = [0, "nobody-of-that-name"]
}
