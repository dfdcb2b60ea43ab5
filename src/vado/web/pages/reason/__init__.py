"""The page: why records are looked at."""
