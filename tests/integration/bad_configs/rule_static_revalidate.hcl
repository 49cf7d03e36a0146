# expect: 3: cache.static "secret/*": revalidate must be below ttl
cache {
  static "secret/*" {
    revalidate = "60s"
  }
}
listener "tcp" {
  tls_disable = true
}
