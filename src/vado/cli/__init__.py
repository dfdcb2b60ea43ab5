"""The vado command: one file per subcommand."""
