# expect: 2: listener: allow_uids and allow_gids need a unix listener
listener "tcp" {
  tls_disable = true
  allow_uids  = [0]
}
