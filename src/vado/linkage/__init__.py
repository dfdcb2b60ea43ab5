"""Whose record is it: normalise, block, compare, weigh, decide, explain; no I/O."""
