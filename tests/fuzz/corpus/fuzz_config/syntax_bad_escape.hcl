# expect: 2: unknown escape in text
pid_file = "C:\dir"
