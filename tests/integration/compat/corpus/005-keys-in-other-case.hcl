vault {
  address = "http://127.0.0.1:1"
}
listener "tcp" {
  Address     = "127.0.0.1:0"
  TLS_Disable = true
}
Log_Level = "warn"
