"""Code systems, their URLs, concept maps: data files, with one README row of origin each."""
