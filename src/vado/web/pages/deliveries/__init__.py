"""The page: deliveries."""
