"""People's own pages: their record, who looked, what they share, what they add, what they are owed a reply to."""
