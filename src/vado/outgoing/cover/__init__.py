"""See write.py."""
