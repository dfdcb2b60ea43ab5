"""The nouns that flow: Arrival, Original, Reading, Facts, Match, Record. Each is frozen; none does I/O."""
