"""The page of the direction of travel: each thing over time, by itself."""
