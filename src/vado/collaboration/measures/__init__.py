"""One file for each measure: its source, its formula, and nothing about where answers come from."""
