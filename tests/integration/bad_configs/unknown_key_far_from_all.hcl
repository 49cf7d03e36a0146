# expect: 3: unknown key "colour" in vault
vault {
  colour = "red"
}
listener "tcp" {
  tls_disable = true
}
