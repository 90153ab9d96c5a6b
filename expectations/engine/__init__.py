"""How rules are tested, and their results, for every source. Rules of a source are not here."""
