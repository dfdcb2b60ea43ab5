"""Vado joins up health and care records, starting from what each organisation already has."""

__version__ = "0.1.0"
