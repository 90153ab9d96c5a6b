"""The rules of each source and of the marts, a module for each."""
