"""Thought about a collaboration: what people say of it, who works with whom, where it goes, and who gains and pays. No disk, net or clock."""
