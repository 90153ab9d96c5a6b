"""What waits in the inbox becomes raw rows, rejected rows and ledger entries, each delivery whole or not at all."""
