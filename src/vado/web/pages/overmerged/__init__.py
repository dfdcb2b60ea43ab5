"""The page: possible over-merges."""
