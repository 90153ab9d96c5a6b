"""`python -m warehouse forget`: what is deleted at the end of its retention, or was lost for good, is no longer missed. Who decided, and why, is kept.

Everything else that goes is found by the doctor, and holds its month.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from filelock import FileLock

from foundation import chain, kept_hashes, ledger, published_files
from foundation.configuration import ConfigurationError
from foundation.for_excel import write_lines
from foundation.storage import OWNER_ALONE, Storage, private
from ingestion.landing.kept_files import rejected_path

RECORD = "forgotten.csv"


def forget_delivery(organisation_id: str, source: str, delivery_id: str, store: Storage) -> str:
    """Delete a delivery: its rows, rejected rows, identities and entry, and its file's entry and original if the file has no other delivery."""
    with _lock(organisation_id, source, store):
        delivery = _delivery(organisation_id, source, delivery_id, store)
        names = [f"{delivery_id}.json"]
        for received in ledger.received_files(organisation_id, source, store).values():
            if received.deliveries == (delivery_id,):
                (store.landing(organisation_id, source) / received.original).unlink(missing_ok=True)
                names.append(ledger.name_of_file(received.sha256))
            elif delivery_id in received.deliveries:
                others = tuple(other for other in received.deliveries if other != delivery_id)
                ledger.write_file(replace(received, deliveries=others), organisation_id, source, store)
        for path in (*kept_hashes.places(delivery, store).values(), rejected_path(delivery, store)):
            path.unlink(missing_ok=True)
        chain.give_up(store.ledger(organisation_id, source), names, store.chain(organisation_id, source))
    return f"{organisation_id} {source}: the delivery {delivery_id} is forgotten. Its extract lands again if it is still in the inbox or where it arrived"


def forget_original(organisation_id: str, source: str, delivery_id: str, store: Storage) -> str:
    """Delete the original of a delivery's file. Figures stay; its rows cannot be made again, nor read with another mapping."""
    with _lock(organisation_id, source, store):
        _delivery(organisation_id, source, delivery_id, store)
        those = [
            received for received in ledger.received_files(organisation_id, source, store).values() if delivery_id in received.deliveries
        ]
        for received in those:
            (store.landing(organisation_id, source) / received.original).unlink(missing_ok=True)
            ledger.write_file(replace(received, size=None), organisation_id, source, store)
    return f"{organisation_id} {source}: the originals of {delivery_id} are forgotten: {len(those)}"


def forget_publication(name: str, store: Storage) -> str:
    """No longer miss a publication that was deleted: `name` is its month and id, such as 2024-09/0123456789ab. Readers' files are not touched."""
    folder = store.published / name
    if folder.exists():
        raise ConfigurationError(
            f"{folder}: it is still there. Move it away first, and point published/latest to another one if it was the latest"
        )
    chain.give_up(store.published, [f"{name}/{published_files.SUMS}"], store.chain_of_publications)
    return f"The publication {name} is forgotten"


def trust_publications(store: Storage) -> str:
    """Take the publications as they are now for what was published, where their chain was lost."""
    published_files.begin_chain(store)
    return "The publications are taken as they are now"


def trust(organisation_id: str, source: str, store: Storage) -> str:
    """Take the entries of a ledger as they are now for what was written, where its chain was lost."""
    with _lock(organisation_id, source, store):
        ledger.begin_chain(organisation_id, source, store)
    return f"{organisation_id} {source}: the ledger is taken as it is now. What was missing in it until now is missed no longer"


def record(done: str, by: str, reason: str, store: Storage) -> None:
    """Keep who decided to forget what, and why."""
    path = private(store.home / chain.CHAINS) / RECORD
    with path.open("a", encoding="utf-8", newline="") as opened:
        path.chmod(OWNER_ALONE)
        write_lines(opened, [[datetime.now(UTC).isoformat(timespec="seconds"), done, by, reason]])


def _delivery(organisation_id: str, source: str, delivery_id: str, store: Storage) -> ledger.Delivery:
    kept_hashes.refuse_broken_chain(kept_hashes.damage_of_ledger(organisation_id, source, store))
    known = {delivery.delivery_id: delivery for delivery in ledger.deliveries(organisation_id, source, store)}
    if delivery_id not in known:
        raise ConfigurationError(
            f"{organisation_id} {source}: the ledger knows no delivery {delivery_id}. python -m warehouse.ledger lists them"
        )
    return known[delivery_id]


def _lock(organisation_id: str, source: str, store: Storage) -> FileLock:
    folder = store.ledger(organisation_id, source)
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: nothing has landed of this council and source")
    return FileLock(folder / ".lock")
