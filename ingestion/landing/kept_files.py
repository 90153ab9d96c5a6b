"""The files that landing keeps of a delivery, each whole or not at all.

They are the original, the rejected rows, the accepted rows and the identities of the people in them.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import polars as pl

from contracts import Contract
from foundation.ledger import Delivery, original_name
from foundation.storage import Storage, private, shared, write_whole
from ingestion.arriving.inbox_extracts import Extract
from ingestion.protecting.identifier_spellings import spellings
from ingestion.protecting.protect import identities, protect_keys, with_delivery
from ingestion.protecting.pseudonyms import Pseudonyms


def keep_original(extract: Extract, content: bytes, sha256: str, folder: Path) -> Path:
    """Write an extract's bytes, as they came, into a folder, once for all its months, with the file's own time. Returns the path."""
    path = private(folder) / original_name(sha256, extract.name)
    received = datetime.fromisoformat(extract.received_at).timestamp()

    def write(part: Path) -> None:
        part.write_bytes(content)
        # The file may have gone from the inbox by now.
        with suppress(OSError):
            stamps = extract.path.lstat()
            os.utime(part, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))
            return
        os.utime(part, (received, received))

    return path if path.exists() else write_whole(path, write)


def rejected_path(delivery: Delivery, store: Storage) -> Path:
    """The path of a delivery's rejected rows, if it has any."""
    return store.rejected(delivery.organisation_id, delivery.source) / f"{delivery.delivery_id}.parquet"


def keep_rejected(rejected: pl.DataFrame, delivery: Delivery, store: Storage) -> None:
    """Write a delivery's rejected rows. If there are none any more, remove those of an earlier landing."""
    path = rejected_path(delivery, store)
    if rejected.height:
        private(path.parent)
        write_parquet(rejected, path)
    else:
        no_longer_rejected(delivery, store)


def no_longer_rejected(delivery: Delivery, store: Storage) -> None:
    """Remove the rejected rows of an earlier landing."""
    rejected_path(delivery, store).unlink(missing_ok=True)


def keep_accepted(
    accepted: pl.DataFrame, protected: pl.DataFrame, delivery: Delivery, promised: Contract, pseudonyms: Pseudonyms | None, store: Storage
) -> None:
    """Write a delivery's raw rows, the spellings of its numbers, and its identities. `protected` is what `accepted` became."""
    name = f"{delivery.delivery_id}.parquet"
    raw = with_delivery(protected, promised, delivery.delivery_id, delivery.file, delivery.sheet)
    write_parquet(raw, shared(store.raw(delivery.organisation_id, delivery.source, str(delivery.period))) / name)
    spelled = spellings(accepted, protected, promised, pseudonyms)
    named = {"key_id": pseudonyms.key_id} if pseudonyms else None
    if spelled.height:
        write_parquet(spelled, private(store.spellings(delivery.organisation_id, delivery.source)) / name, named)
    if promised.has_identities:
        folder = private(store.identity(delivery.organisation_id, delivery.source))
        write_parquet(identities(accepted, protected, promised, promised.key(delivery.delivers)), folder / name, named)


def keep_rejected_keys(
    keys: pl.DataFrame,
    delivery: Delivery,
    promised: Contract,
    pseudonyms: Pseudonyms | None,
    store: Storage,
    same_number: Collection[str] = (),
) -> None:
    """Write the pseudonyms and numbers of a delivery's rejected rows for the build.

    If there are none, remove those of an earlier landing.
    """
    path = rejected_keys_path(delivery, store)
    if keys.height:
        said = protect_keys(keys, promised, pseudonyms, same_number).with_columns(
            source=pl.lit(delivery.source), delivery_id=pl.lit(delivery.delivery_id)
        )
        shared(path.parent)
        write_parquet(said, path)
    else:
        path.unlink(missing_ok=True)


def rejected_keys_path(delivery: Delivery, store: Storage) -> Path:
    """The path of the numbers of a delivery's rejected rows, if any could be read."""
    return store.rejected_keys(delivery.organisation_id, delivery.source, str(delivery.period), delivery.delivery_id)


def write_parquet(rows: pl.DataFrame, path: Path, named: dict[str, str] | None = None) -> None:
    """Write rows to a Parquet file, whole or not at all. `named` are texts about the file that it carries."""
    write_whole(path, lambda part: rows.write_parquet(part, compression="zstd", compression_level=1, metadata=named))
