"""The story of a collaboration: rounds of asking, what they show, the network, the direction of travel, and who gains and pays."""
