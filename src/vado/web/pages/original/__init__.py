"""The page: original."""
