"""The administrator's pages: accounts, and how the place is set."""
