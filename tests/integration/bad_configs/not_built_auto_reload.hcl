# expect: 4: "tls_auto_reload" is not built yet: send SIGHUP
listener "tcp" {
  tls_disable = true
  tls_auto_reload = true
}
