# expect: 2: unknown listener type "udp"; tcp or unix
listener "udp" {
  tls_disable = true
}
