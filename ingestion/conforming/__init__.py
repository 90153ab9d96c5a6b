"""From a table of texts to a contract's columns and types.

Rows that do not fit are rejected with their reasons, and the month is judged.
"""
