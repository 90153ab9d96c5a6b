"""The oracle: true working lives, what extracts say about them, and what can be known from that by the written rules."""
