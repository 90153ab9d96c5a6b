"""What may be shown to whom: one step between the marts and a publication, over all tables together."""
