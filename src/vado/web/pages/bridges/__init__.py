"""The pages: bridges, and one bridge from near."""
