"""Adapters: incoming."""
