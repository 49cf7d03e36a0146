# expect: 2: a line ends within text
pid_file = "/run/leasehold.pid
