# expect: 2: "template" is not built yet: leasehold renders no templates; leave out the annotations agent-inject-secret-*
template {
  source = "a"
  destination = "b"
}
listener "tcp" {
  tls_disable = true
}
