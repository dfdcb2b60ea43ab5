"""The page: desk."""
