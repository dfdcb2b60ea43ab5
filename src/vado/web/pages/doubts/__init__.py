"""The page: doubts."""
