"""Whether everything that a data root keeps is as it was written: ledger, originals, raw rows, identities and publications."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from foundation import kept_hashes, ledger, published_files
from foundation.kept_hashes import OR_LOOK, RESTORE
from foundation.storage import Storage
from upkeep.finding import Finding
from upkeep.verify import verify


@dataclass
class Looked:
    """How many of each kind were looked at."""

    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {name if count != 1 else name.removesuffix('s')}" for name, count in self.counts.items())


def of_sources(store: Storage, looked: Looked) -> Iterator[Finding]:
    """What is wrong with what is kept of each council's source that ever delivered anything."""
    for organisation_id, source in ledger.known_sources(store):
        for damage in kept_hashes.damage_of_ledger(organisation_id, source, store):
            yield Finding(f"{organisation_id} {source}", f"{damage.path} {damage.wrong}", damage.advice)
        yield from _originals(organisation_id, source, store, looked)
        for delivery in ledger.deliveries(organisation_id, source, store):
            looked.counts["deliveries"] += 1
            yield from _rows(delivery, store)


def _originals(organisation_id: str, source: str, store: Storage, looked: Looked) -> Iterator[Finding]:
    for received in ledger.received_files(organisation_id, source, store).values():
        path = store.landing(organisation_id, source) / received.original
        if received.size is None:
            continue
        looked.counts["originals"] += 1
        wrong = kept_hashes.wrong_with(path, received.sha256)
        # One that is missing, or of another size, is named with the ledger.
        if wrong and path.exists() and path.stat().st_size == received.size:
            yield Finding(f"{organisation_id} {source}", f"{path.relative_to(store.home).as_posix()} {wrong}", OR_LOOK)


def _rows(delivery: ledger.Delivery, store: Storage) -> Iterator[Finding]:
    where = f"{delivery.organisation_id} {delivery.source}"
    for damage in kept_hashes.damage_of_rows(delivery, store, delivery.hashes):
        yield Finding(where, f"{damage.path} {damage.wrong}", damage.advice)
    if delivery.landed and kept_hashes.RAW not in delivery.hashes:
        yield Finding(where, f"the rows of {delivery.delivery_id} have no hash", RESTORE)


def of_results(store: Storage) -> Iterator[Finding]:
    """Results of checks that cannot be read. They have no hash: what is open is found anew by each check."""
    for path in (*sorted((store.home / "quality").glob("*/*/*.parquet")), *sorted(store.checks.glob("*.parquet"))):
        try:
            pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError):
            yield Finding("results of checks", f"{path.relative_to(store.home).as_posix()} cannot be read", f"Remove it. {RESTORE}")


def of_publications(store: Storage, looked: Looked) -> Iterator[Finding]:
    """What is wrong with publications, with `latest`, and with deliveries that the last publication has and the ledger does not."""
    if store.published.is_dir():
        verified = verify(store.published, store.chain_of_publications)
        looked.counts["publications"] += verified.counts["publications"]
        yield from verified.findings
    if store.latest.exists():
        yield from _published_and_lost(store)


def _published_and_lost(store: Storage) -> Iterator[Finding]:
    try:
        manifest = json.loads((store.latest / published_files.MANIFEST).read_bytes())
    except (OSError, ValueError):
        return
    known = {(delivery.organisation_id, delivery.source, delivery.delivery_id) for delivery in ledger.deliveries(store=store)}
    for delivery in manifest.get("deliveries_in_force", ()):
        named = delivery["organisation_id"], delivery["source"], delivery["delivery_id"]
        if named not in known:
            path = f"ledger/{named[1]}/{named[0]}/{named[2]}.json"
            yield Finding(f"{named[0]} {named[1]}", f"{path} is gone, but the last publication uses it", OR_LOOK)
