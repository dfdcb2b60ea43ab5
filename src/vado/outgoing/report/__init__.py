"""The report of a round as paper."""
