"""Faults that extracts really have, planted one at a time into the samples. Nothing here uses the rules."""
