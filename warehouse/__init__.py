"""The build of the marts from what was received, and the publication."""
