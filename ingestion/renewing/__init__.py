"""What landed before is brought to a new key, new agreements or a new layout of the data root; nothing is landed again."""
