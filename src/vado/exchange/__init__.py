"""The story, in order; owns transactions and audit."""
