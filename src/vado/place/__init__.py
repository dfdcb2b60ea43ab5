"""The invented place: people, partners, what they send, and the truth beside it."""
