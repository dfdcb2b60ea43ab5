"""One's own page: who one is here, what one decided, who looked."""
