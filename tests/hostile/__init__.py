"""Files, names, times and configurations made to stop a run, to mislead it or to hide from it."""
