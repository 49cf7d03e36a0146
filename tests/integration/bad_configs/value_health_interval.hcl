# expect: 4: vault.health_interval: must
vault {
  address = "http://127.0.0.1:8201"
  health_interval = "10ms"
}
