"""Figures for the documents: ratios against a physical limit measured in the same run, and what became of real files."""
