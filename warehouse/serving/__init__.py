"""A publication in PostgreSQL, for readers whose tool asks a database: the same tables, keys and comments, and who may read which rows."""
