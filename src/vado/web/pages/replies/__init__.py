"""The worklist of replies that people are owed."""
