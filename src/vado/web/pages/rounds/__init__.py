"""Rounds of asking: the list, one round with its register, invitations by letter."""
