"""The pages of what a round says: picture, gaps, what to talk about, blocks, voices, workshop."""
