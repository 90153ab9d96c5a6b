"""What all packages use: the data root and its layout, the ledger, the configuration, and how a command ends."""
