"""The page: search."""
