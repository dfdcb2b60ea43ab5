"""Proposals: who gains and who pays, how it could be shared, and how sure that is."""
