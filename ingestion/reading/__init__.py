"""A file of any format that councils send, to a table of texts: its kind, encoding, sheet and header found, its limits kept."""
