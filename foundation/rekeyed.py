"""Whether pseudonyms are being made anew at this moment, so that raw has those of two keys and nobody may read it."""

from __future__ import annotations

from foundation.configuration import ConfigurationError
from foundation.storage import Storage

READY = "ready.json"


def refuse_half_rekeyed(store: Storage) -> None:
    """Raise ConfigurationError while re-keyed files are being put in their places, or were when a re-key was killed."""
    if (store.rekey / READY).exists():
        raise ConfigurationError(
            "A re-key is under way or was interrupted. Finish it first: run the same `python -m ingestion rekey` again"
        )
