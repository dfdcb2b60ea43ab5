"""The pages where a paper form of a partner is learned from an empty copy: its boxes over its picture, corrected and saved."""
