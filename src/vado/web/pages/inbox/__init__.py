"""The page: inbox."""
