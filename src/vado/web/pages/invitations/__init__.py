"""Letters of invitation: make one, list them, take one back."""
