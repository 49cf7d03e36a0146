# expect: 2: disable_keep_alives: must hold auto-auth, caching, proxying or templating, not "all"
disable_keep_alives = ["all"]
listener "tcp" {
  tls_disable = true
}
