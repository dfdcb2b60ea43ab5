"""Letters that invite to answer: one page each, with a code that is good once."""
