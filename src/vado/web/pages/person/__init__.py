"""The page: person."""
