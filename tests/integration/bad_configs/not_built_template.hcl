# expect: 2: "template" is not built yet
template {
  source = "a"
  destination = "b"
}
listener "tcp" {
  tls_disable = true
}
