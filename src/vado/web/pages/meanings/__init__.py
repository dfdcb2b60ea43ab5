"""The page: add a partner, with what would come of a sample beside its questions."""
