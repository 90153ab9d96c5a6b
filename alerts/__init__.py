"""Alerts: what owners of sources should correct, what failed for engineers, and what a publication lacks for the board's officer."""
