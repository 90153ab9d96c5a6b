"""A mapping for a new extract: a first draft, and a trial that writes nothing."""
