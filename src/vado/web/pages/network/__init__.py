"""The page of the network: who works with whom, as they say and as the exchange shows."""
