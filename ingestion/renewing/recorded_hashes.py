"""What a data root keeps gets the hashes and chains that layout 3 has: the one moment at which files are taken as they are.

What has a hash already, an original, is held against it. From then on nothing gets a hash but from who writes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from foundation import kept_hashes, ledger, published_files
from foundation.chain import MISSING
from foundation.errors import ConfigurationError
from foundation.storage import Storage, write_whole


@dataclass(frozen=True)
class Originals:
    """How many originals are no longer there, and a sentence for each that is not what came."""

    gone: int = 0
    damaged: tuple[str, ...] = ()


def record_hashes(folders: Iterable[Path], store: Storage) -> tuple[int, Originals]:
    """Give the ledgers in these folders hashes and chains, and the publications too. Returns how many deliveries there are, and what is wrong with originals.

    A folder that has its chain was finished before a kill. Raises ConfigurationError naming an entry that cannot be read.
    """
    count, gone, damaged = 0, 0, []
    for folder in folders:
        organisation_id, source = folder.name, folder.parent.name
        count += len(list(folder.glob(ledger.ENTRIES[0])))
        if store.chain(organisation_id, source).exists():
            continue
        for path in sorted(folder.glob(ledger.ENTRIES[0])):
            _record_rows(path, store)
        for path in sorted(folder.glob(ledger.ENTRIES[1])):
            wrong = _record_original(path, store.landing(organisation_id, source))
            gone += wrong == MISSING
            damaged += [f"{organisation_id} {source}: {wrong}"] if wrong not in ("", MISSING) else []
        ledger.begin_chain(organisation_id, source, store)
    if not store.chain_of_publications.exists():
        published_files.begin_chain(store)
    return count, Originals(gone, tuple(damaged))


def _record_rows(path: Path, store: Storage) -> None:
    """Write a delivery's entry with the hashes of its rows."""
    delivery = ledger.from_json(_read(path))
    hashes = kept_hashes.hashes_of(delivery, store) if delivery.landed else {}
    write_whole(path, lambda part: part.write_bytes(ledger.as_json(replace(delivery, hashes=delivery.hashes or hashes))))


def _record_original(path: Path, landing: Path) -> str:
    """Write a file's entry with the size of its original. Returns what is wrong with the original, empty if nothing is."""
    entry, stamps = _read(path), path.stat()
    original = landing / ledger.original_name(entry["sha256"], entry["file"])
    wrong = kept_hashes.wrong_with(original, entry["sha256"])
    sized = entry | {"size": None if wrong == MISSING else original.stat().st_size}

    def write(part: Path) -> None:
        part.write_text(json.dumps(sized, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        # The time of the entry says when the file was known first.
        os.utime(part, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))

    write_whole(path, write)
    return "" if wrong is None else wrong if wrong == MISSING else f"{original} {wrong}. {kept_hashes.FROM_THE_BACKUP}"


def _read(path: Path) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError:
        raise ConfigurationError(
            f"{path}: the entry cannot be read. Take it from the backup, or move it away and land its file again. Then migrate again"
        ) from None
    return entry
