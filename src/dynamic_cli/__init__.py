"""The command line: one table of commands, each mounted from its room when it is called."""
