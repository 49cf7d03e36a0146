# expect: 2: a heredoc without its end "EOF"
pid_file = <<EOF
/run/pid
