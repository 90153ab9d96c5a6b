"""A mapping for an extract that is new: a first draft of it, and a trial that writes nothing."""
