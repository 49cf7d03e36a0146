# expect: 2: process.group goes with process.user; give both
process {
  group = "root"
}
listener "tcp" {
  address = "127.0.0.1:0"
  tls_disable = true
}
