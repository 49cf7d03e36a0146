# expect: 2: exit_after_auth: must be true or false without quotes, not text
exit_after_auth = "true"
listener "tcp" {
  tls_disable = true
}
