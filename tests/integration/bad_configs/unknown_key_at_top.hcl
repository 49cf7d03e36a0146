# expect: 2: unknown key "pidfile"; did you mean "pid_file"?
pidfile = "/run/leasehold.pid"
listener "tcp" {
  tls_disable = true
}
