"""What a publication shows to whom: one step between the marts and what is published, over all tables together."""
