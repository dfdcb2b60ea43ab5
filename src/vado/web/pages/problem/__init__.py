"""The page: problem."""
