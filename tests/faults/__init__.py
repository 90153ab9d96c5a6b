"""Faults that extracts really have, planted one at a time into the samples. Nothing here knows a rule."""
