"""Settings and partner profiles: read once at the start, checked, frozen."""
