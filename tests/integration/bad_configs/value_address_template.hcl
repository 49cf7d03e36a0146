# expect: 3: listener.address: templates in addresses are not built yet
listener "tcp" {
  address = "{{ GetPrivateIP }}:8200"
  tls_disable = true
}
