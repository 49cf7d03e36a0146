# expect: 3: cache.floor_percent: must be a whole number from 0 to 90, not 150
cache {
  floor_percent = 150
}
listener "tcp" {
  tls_disable = true
}
