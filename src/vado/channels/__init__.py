"""Adapters: channels."""
