"""Extracts are brought to the inbox and found there: which file is which source's, and of which month by its name."""
