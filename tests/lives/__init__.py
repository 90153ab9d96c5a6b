"""The oracle: true working lives, what extracts report about them, and what the written rules can say from these reports."""
