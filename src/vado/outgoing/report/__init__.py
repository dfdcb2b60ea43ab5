"""The letter that invites a person to an account of their own."""
