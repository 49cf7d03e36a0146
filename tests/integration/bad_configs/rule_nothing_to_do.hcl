# expect: configuration: no auto_auth, cache or listener block was found
log_level = "info"
