"""Where a letter of invitation leads."""
