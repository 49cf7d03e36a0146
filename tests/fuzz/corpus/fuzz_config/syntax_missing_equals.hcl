# expect: 3: "tls_disable" needs = and a value
listener "tcp" {
  tls_disable: true
}
