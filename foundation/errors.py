"""The error that every command prints: what a person must correct first."""


class ConfigurationError(Exception):
    """The configuration, or the data root, cannot be used as it is. The message names the file and what to write or type."""
