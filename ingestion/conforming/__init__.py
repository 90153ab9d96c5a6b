"""A table of texts becomes a contract's columns and types, each row that does not fit rejected with its reasons, and the month is judged."""
