"""The report of a round: a page, one file that needs nothing else, and a PDF."""
