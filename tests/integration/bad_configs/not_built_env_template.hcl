# expect: 2: "env_template" is not built yet
env_template "DB" {
  contents = "x"
}
listener "tcp" {
  tls_disable = true
}
