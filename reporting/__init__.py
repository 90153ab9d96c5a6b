"""What a publication says, on pages and in the terminal. It reads the published marts alone."""
