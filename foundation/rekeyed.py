"""Whether pseudonyms are being made again now. Raw then has pseudonyms of two keys, and nobody may read it."""

from __future__ import annotations

from foundation.configuration import ConfigurationError
from foundation.storage import Storage

READY = "ready.json"


def refuse_half_rekeyed(store: Storage) -> None:
    """Raise ConfigurationError if a re-key is moving files into place, or was killed while it did."""
    if (store.rekey / READY).exists():
        raise ConfigurationError(
            "A re-key is under way or was interrupted. Finish it first: run the same `python -m ingestion rekey` again"
        )
