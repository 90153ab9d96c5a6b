"""Turns a data root of layout 1 into one of layout 2.

Entries get the hash of their rows, files get entries of their own, and each original is kept once. Nothing is landed again: raw,
identities, pseudonyms, states and the names of deliveries stay as they are. So earlier publications, and decisions about a
delivery, still hold. Originals are read, once each, only for the hash. If the migration was killed, the part that was done is not
done again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from contracts import ContractError, every_version, rejected_keys
from foundation import layout, ledger
from foundation.configuration import organisation
from foundation.errors import ConfigurationError
from foundation.ledger import ACCEPTED, ReceivedFile
from foundation.rekeyed import refuse_half_rekeyed
from foundation.storage import Storage, any_storage, write_whole
from ingestion.arriving.inbox_extracts import Extract
from ingestion.landing.months_of_file import MonthsReader
from ingestion.mapping import read_mapping

Entry = dict[str, Any]
NEW: Entry = {"rows_hash": None, "of_several": False, "came_again": []}


@dataclass(frozen=True)
class Migrated:
    """The result of a migration: how many deliveries it changed, and for how many the rows could not be read again, by reason.

    `without_numbers`: deliveries with rejected rows that were landed before the numbers of rejected rows were read, of sources that
    have them.
    """

    deliveries: int
    unread: dict[str, int]
    without_numbers: int = 0

    def lines(self) -> Iterable[str]:
        """The result in words."""
        yield f"{self.deliveries} deliveries have layout {layout.LAYOUT} now"
        for why, count in sorted(self.unread.items()):
            yield f"  the rows of {count} could not be told: {why}. They stay as they are; if the same rows come again, they land as a new delivery"
        if self.without_numbers:
            yield (
                f"  {self.without_numbers} have rejected rows whose numbers were not kept, so that their people and posts are missing from those months. "
                "To have them: python -m ingestion land --again"
            )


def migrate() -> Migrated | None:
    """Change the data root to the layout of this code. None if it has that layout already, or if nothing has landed in it.

    Raises LayoutError if it is newer, and ConfigurationError if a re-key was interrupted.
    """
    store = any_storage()
    found = layout.layout_of(store.home)
    if found is None or found >= layout.LAYOUT:
        layout.expect_layout(store.home)
        return None
    refuse_half_rekeyed(store)
    folders = sorted(path for path in (store.home / "ledger").glob("*/*") if path.is_dir())
    count, without_numbers, unread = 0, 0, defaultdict[str, int](int)
    with ExitStack() as locks:
        for folder in folders:
            locks.enter_context(FileLock(folder / ".lock"))
        for folder in folders:
            source = _Source(store, folder)
            count += source.bring_along()
            without_numbers += source.without_numbers()
            for why, rows in source.unread.items():
                unread[why] += rows
        layout.write_layout(store.home)
    return Migrated(count, dict(unread), without_numbers)


class _Source:
    """Migrate the entries and originals of a council's source."""

    def __init__(self, store: Storage, folder: Path) -> None:
        self.store, self.folder, self.source, self.council = store, folder, folder.parent.name, folder.name
        self.landing = store.landing(self.council, self.source)
        self.unread: dict[str, int] = defaultdict(int)
        self.reader, self.no_reader = self._reader()

    def bring_along(self) -> int:
        """Returns how many deliveries there are."""
        of_file: dict[str, list[Entry]] = defaultdict(list)
        for path in sorted(self.folder.glob("*.json")):
            entry = json.loads(path.read_bytes())
            of_file[entry["sha256"]].append(entry)
        for sha256, entries in of_file.items():
            self._bring_along_file(sha256, sorted(entries, key=lambda entry: (entry["received_at"], entry["file"], entry["delivery_id"])))
        return sum(len(entries) for entries in of_file.values())

    def without_numbers(self) -> int:
        """How many deliveries have rejected rows whose numbers could be read, but were not."""
        if not self.reader or not rejected_keys(every_version(self.source)):
            return 0
        deliveries = ledger.deliveries(self.council, self.source, self.store)
        return sum(
            delivery.rows_rejected > 0
            and not self.store.rejected_keys(self.council, self.source, str(delivery.period), delivery.delivery_id).exists()
            for delivery in deliveries
        )

    def _bring_along_file(self, sha256: str, entries: list[Entry]) -> None:
        """The original first, then the entries, then the file's entry. Each step that is taken again finds out that it is done."""
        if (self.folder / ledger.FILES / f"{sha256[: ledger.HASH_DIGITS]}.json").exists():
            return
        original = self._keep_once(sha256, entries)
        hashes, why = self._hashes(original, entries)
        tells = self.reader is not None and self.reader.mapping.says_month
        kept = []
        for entry in entries:
            read = hashes is not None and entry["period"] in hashes
            if hashes is not None and tells and not read and not _landed(entry):
                # A month without rows, or a file before its months could be told apart, is no longer a delivery.
                (self.folder / f"{entry['delivery_id']}.json").unlink()
                continue
            kept.append(entry)
            if not read and _landed(entry):
                self.unread[why or "the file has no rows of its month any more"] += 1
            told = {"rows_hash": hashes[entry["period"]] if hashes and read else None, "of_several": tells and len(hashes or entries) > 1}
            self._write({**NEW, **entry, **told})
        if hashes is None or not tells or {entry["period"] for entry in kept} >= set(hashes):
            first = entries[0]
            month_from = self.reader.mapping.month_from if self.reader else "name"
            received = ReceivedFile(sha256, first["file"], first["received_at"], month_from, tuple(entry["delivery_id"] for entry in kept))
            ledger.write_file(received, self.council, self.source, Storage(self.folder.parents[2]))

    def _keep_once(self, sha256: str, entries: list[Entry]) -> Path | None:
        """Keep an original under its file's name instead of once per delivery. Returns the path, or None if there is no original."""
        copies = [self.landing / f"{entry['delivery_id']}__{entry['file']}" for entry in entries]
        there = [path for path in copies if path.exists()]
        once = self.landing / ledger.original_name(sha256, entries[0]["file"])
        if not once.exists() and there:
            there[0].replace(once)
        for path in there:
            if path != once:
                path.unlink(missing_ok=True)
        return once if once.exists() else None

    def _hashes(self, original: Path | None, entries: list[Entry]) -> tuple[dict[str | None, str] | None, str]:
        """The hash of the rows of each month in an original. If it cannot be read any more, None and the reason."""
        if self.reader is None:
            return None, self.no_reader
        if original is None:
            return None, "the original is no longer there"
        content = original.read_bytes()
        periods = [None] if self.reader.mapping.says_month else [entry["period"] for entry in entries]
        found: dict[str | None, str] = {}
        refused = False
        for period in periods:
            extract = Extract(original, period, entries[0]["received_at"])
            months, _ = self.reader.months(extract, content)
            found |= {month.period: month.rows_hash for month in months if month.rows_hash}
            refused |= any(month.rows_hash is None for month in months)
        return (None, "the mapping of today does not read the file") if refused and not found else (found, "")

    def _reader(self) -> tuple[MonthsReader | None, str]:
        """The reader of the source's files by today's configuration, or the reason why there is none."""
        try:
            council = organisation(self.council)
            setting = council.sources[self.source]
            return MonthsReader(council, read_mapping(setting.mapping, every_version(self.source)), setting.delivers, None), ""
        except KeyError:
            return None, "the source is no longer configured"
        except (ConfigurationError, ContractError):
            return None, "the council's configuration cannot be used, or is no longer there"

    def _write(self, entry: Entry) -> None:
        text = json.dumps(entry, indent=1, ensure_ascii=False) + "\n"
        write_whole(self.folder / f"{entry['delivery_id']}.json", lambda part: part.write_text(text, encoding="utf-8"))


def _landed(entry: Entry) -> bool:
    return any(state["state"] == ACCEPTED for state in entry["states"])
