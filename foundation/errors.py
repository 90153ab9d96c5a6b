"""The error that every command prints in its own words: what a person has to put right before anything is done."""


class ConfigurationError(Exception):
    """The configuration, or the data root, cannot be used as it is. The message names the file and what to write or type."""
