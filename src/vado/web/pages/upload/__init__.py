"""The page on which files are handed over: from a folder, or from the camera of a telephone."""
