"""The page where the codes of a partner get a meaning: suggestions with their reasons, a choice for each, what it would lift."""
