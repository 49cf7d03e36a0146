# expect: 2: "exec" is not built yet
exec {
  command = ["env"]
}
listener "tcp" {
  tls_disable = true
}
