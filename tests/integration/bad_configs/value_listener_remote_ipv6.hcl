# expect: 2: listener.address: [::]:8200 is reached from other machines
listener "tcp" {
  address     = "[::]:8200"
  tls_disable = true
}
