# expect: 4: vault.retry.num_retries: must be a whole number from -1 to 100
vault {
  retry {
    num_retries = "often"
  }
}
listener "tcp" {
  tls_disable = true
}
