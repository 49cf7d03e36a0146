auto_auth { method "kubernetes" { mount_path = "k//" config = { role = "a" } } sink "file" { config = { path = "/t" } } }
