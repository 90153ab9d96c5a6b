"""The rules of each source and of the marts, one module each."""
