"""Changes deliveries that landed before to a new key, new agreements or a new layout of the data root. Nothing is landed again."""
