"""How rules are tested and what came of them, whatever the source: no rule of a source is here."""
