# nothing is said
