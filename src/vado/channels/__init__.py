"""How things travel: one file per way."""
