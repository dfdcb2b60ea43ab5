"""Many facts to one record: assemble, reconcile; no I/O."""
