vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  address     = "{{ GetInterfaceIP \"lo\" }}:0"
  tls_disable = true
}
