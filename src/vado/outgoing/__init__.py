"""Adapters: outgoing."""
