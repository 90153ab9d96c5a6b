"""Where everything lies, what was received, and how it becomes a publication."""
