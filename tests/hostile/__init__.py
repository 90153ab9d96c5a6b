"""Files, names, times and configurations that were made to stop a run, to mislead it or to hide from it."""
