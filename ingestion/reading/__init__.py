"""From a file of any format to a table of texts: find its kind, encoding, sheet and header, and keep its limits."""
