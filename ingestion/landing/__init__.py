"""From files in the inbox to raw rows, rejected rows and ledger entries, each delivery whole or not at all."""
