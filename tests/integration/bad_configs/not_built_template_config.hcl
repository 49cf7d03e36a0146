# expect: 2: "template_config" is not built yet
template_config {
}
listener "tcp" {
  tls_disable = true
}
