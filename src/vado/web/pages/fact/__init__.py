"""The page: fact."""
