# expect: 2: "template" is not built yet: leasehold renders no templates; read the secret through a listener
template {
  source = "a"
  destination = "b"
}
listener "tcp" {
  tls_disable = true
}
