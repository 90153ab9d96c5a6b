"""Looking after a data root: whether all that it keeps is as it was written, and making again what can be made again."""
