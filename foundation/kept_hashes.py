"""What is kept of a delivery, and whether it is still as it was written. Who finds something missing or damaged holds the delivery's month.

The ledger's entry of a delivery has the hash of each of its files in `raw/` and `identity/`; that of a file has the hash and the size of its
original. A chain has the hash of each entry (foundation/chain.py).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from foundation import chain, ledger
from foundation.chain import CHANGED, MISSING
from foundation.ledger import DAMAGE, HASH_DIGITS, HELD, BrokenChain, Delivery, State
from foundation.storage import Storage

RAW, REJECTED_KEYS, IDENTITY, SPELLINGS = "raw", "rejected_keys", "identity", "spellings"
THE_BUILD_READS = (RAW, REJECTED_KEYS)
RESTORE = "Make it again from its original: python -m warehouse restore"
FROM_THE_BACKUP = "Take it from the backup"
WHERE_TO_LOOK = "docs/runbooks/data_root.md"
OR_LOOK = f"{FROM_THE_BACKUP}. If there is none: {WHERE_TO_LOOK}"


@dataclass(frozen=True)
class Damage:
    """A file of a council's source that is missing or damaged: its path within the data root, what is wrong, the months held for it, and what to do."""

    organisation_id: str
    source: str
    path: str
    wrong: str
    advice: str
    periods: tuple[str, ...] = ()

    def __str__(self) -> str:
        held = f". {', '.join(self.periods)} is held until it is there again" if self.periods else ""
        return f"{self.organisation_id} {self.source}: {self.path} {self.wrong}{held}. {self.advice}"


def places(delivery: Delivery, store: Storage) -> dict[str, Path]:
    """Where a delivery's files are, if it has them."""
    name = f"{delivery.delivery_id}.parquet"
    whose = delivery.organisation_id, delivery.source
    return {
        RAW: store.raw(*whose, str(delivery.period)) / name,
        REJECTED_KEYS: store.rejected_keys(*whose, str(delivery.period), delivery.delivery_id),
        IDENTITY: store.identity(*whose) / name,
        SPELLINGS: store.spellings(*whose) / name,
    }


def hashes_of(delivery: Delivery, store: Storage) -> dict[str, str]:
    """The hash of each file that a delivery has now. Only for who has just written them."""
    return {kind: hash_of(path) for kind, path in places(delivery, store).items() if path.exists()}


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def wrong_with(path: Path, sha256: str) -> str | None:
    """What is wrong with a file that should have a hash. None if nothing is."""
    try:
        return None if hash_of(path) == sha256 else CHANGED
    except FileNotFoundError:
        return MISSING
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def damage_of_rows(delivery: Delivery, store: Storage, kinds: Collection[str] = THE_BUILD_READS) -> Iterator[Damage]:
    """What is wrong with a delivery's files in `raw/` and `identity/`."""
    where = places(delivery, store)
    for kind, sha256 in delivery.hashes.items():
        if kind in kinds and (wrong := wrong_with(where[kind], sha256)):
            yield _damage(delivery, where[kind], wrong, FROM_THE_BACKUP if kind in (IDENTITY, SPELLINGS) else RESTORE, store)


def damage_of_ledger(organisation_id: str, source: str, store: Storage, known: Sequence[Delivery] | None = None) -> list[Damage]:
    """What is wrong with a council's source in the ledger, its chain and its originals. Originals are looked for, and their size is compared.

    `known` has the source's deliveries, if they were read already.
    """
    known = ledger.deliveries(organisation_id, source, store) if known is None else known
    found = [Damage(organisation_id, source, lost.file, _of_lost(lost), OR_LOOK, _months([lost])) for lost in known if lost.is_lost]
    folder, written = store.ledger(organisation_id, source), store.chain(organisation_id, source)
    files = chain.contents(folder, ledger.ENTRIES[1], written)
    for name, wrong in files.damage.items():
        of_file = [delivery for delivery in known if delivery.sha256[:HASH_DIGITS] == Path(name).stem]
        path = _within(folder / name, store)
        found.append(Damage(organisation_id, source, path, wrong, OR_LOOK, _months(of_file)))
    if files.broken:
        advice = f"{FROM_THE_BACKUP}, or read {WHERE_TO_LOOK}. Nothing of the source lands until then; what has landed stays in force"
        found.append(Damage(organisation_id, source, _within(written, store), files.broken, advice))
    for received in ledger.received_files(organisation_id, source, store).values():
        path_of_original = store.landing(organisation_id, source) / received.original
        if received.size is not None and (wrong_size := _wrong_size(path_of_original, received.size)):
            those = [delivery for delivery in known if delivery.sha256 == received.sha256 or delivery.delivery_id in received.deliveries]
            original = _within(path_of_original, store)
            found.append(Damage(organisation_id, source, original, wrong_size, OR_LOOK, _months(those)))
    return found


def refuse_broken_chain(damage: Iterable[Damage]) -> None:
    """Raise BrokenChain if there is damage to a chain itself."""
    for wrong in damage:
        if wrong.path.startswith("chains/"):
            raise BrokenChain(str(wrong))


def held_where_damaged(known: Iterable[Delivery], store: Storage) -> tuple[list[Delivery], list[Damage]]:
    """Deliveries as they may be used, and what is wrong: every delivery of a month with damage is held, so that no older one takes its place.

    Reads the files that the build reads, for their hashes. Nothing of it is written into the ledger.
    """
    of_source: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for delivery in known:
        of_source[delivery.organisation_id, delivery.source].append(delivery)
    usable, found = [], []
    for (organisation_id, source), those in of_source.items():
        damage = damage_of_ledger(organisation_id, source, store, those)
        damage += [wrong for delivery in those if delivery.landed for wrong in damage_of_rows(delivery, store)]
        why = {period: str(wrong) for wrong in damage for period in wrong.periods}
        usable += [_held(delivery, why[delivery.period]) if delivery.period in why else delivery for delivery in those]
        found += damage
    return usable, found


def _held(delivery: Delivery, why: str) -> Delivery:
    if delivery.is_damaged:
        return delivery
    # Known for as long as the delivery is, so that a build as known earlier does not use the file either.
    return replace(delivery, states=(*delivery.states, State(HELD, delivery.states[0].at, DAMAGE, why)))


def _damage(delivery: Delivery, path: Path, wrong: str, advice: str, store: Storage) -> Damage:
    return Damage(delivery.organisation_id, delivery.source, _within(path, store), wrong, advice, _months([delivery]))


def _of_lost(lost: Delivery) -> str:
    return lost.states[-1].reason.removeprefix(f"{lost.file} ")


def _months(those: Iterable[Delivery]) -> tuple[str, ...]:
    return tuple(sorted({delivery.period for delivery in those if delivery.period}))


def _within(path: Path, store: Storage) -> str:
    return path.relative_to(store.home).as_posix()


def _wrong_size(path: Path, size: int) -> str | None:
    try:
        found = path.stat().st_size
    except FileNotFoundError:
        return MISSING
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if found == size else f"has {found:,} bytes instead of {size:,}"
