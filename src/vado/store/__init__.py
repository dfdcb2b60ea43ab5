"""Where everything is kept: memory (the plain reference), sql (SQLite and PostgreSQL), originals (the bytes)."""
