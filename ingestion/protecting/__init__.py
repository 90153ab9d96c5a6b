"""Turns personal data into pseudonyms and broad groups before anything is stored."""
