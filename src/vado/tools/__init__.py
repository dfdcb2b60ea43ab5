"""One file per external program or engine."""
