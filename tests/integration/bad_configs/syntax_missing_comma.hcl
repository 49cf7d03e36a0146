# expect: 2: a comma or ] is missing in the list
disable_keep_alives = ["caching" "proxying"]
