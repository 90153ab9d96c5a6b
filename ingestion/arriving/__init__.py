"""Bring extracts to the inbox, and find there which file is which source's, and of which month by its name."""
