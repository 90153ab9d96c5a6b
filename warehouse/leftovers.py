"""Removes what broken-off work left in the data root. No delivery, original, ledger entry or publication is touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from foundation import ledger
from foundation.storage import Storage

PART = ".part"


@dataclass(frozen=True)
class Removed:
    """How many files or rows were removed, and how many bytes of files."""

    count: int
    size: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(self.count + other.count, self.size + other.size)


def remove_leftovers(place: Storage, before: datetime) -> Removed:
    """Remove the `.part` files and hidden publications that have not changed since `before`: their work was broken off.

    The inbox is left alone, since it belongs to those who send. An entry of the ledger that was written and not yet moved into place is moved.
    """
    for organisation_id, source in ledger.known_sources(place):
        ledger.finish(organisation_id, source, place)
    removed = Removed(0)
    for folder in place.written:
        for path in _unfinished_files(folder):
            removed += remove_if_older(path, before)
    for hidden in place.published.glob("*/.*"):
        if hidden.is_dir() and not hidden.is_symlink() and _newest(hidden) < before.timestamp():
            removed += Removed(*_count_and_size(hidden))
            shutil.rmtree(hidden)
    return removed


def _unfinished_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob(f".*{PART}") if path.is_file() and not path.is_symlink())


def remove_if_older(path: Path, before: datetime) -> Removed:
    """Remove a file that has not changed since `before`."""
    found = path.lstat()
    if found.st_mtime >= before.timestamp():
        return Removed(0)
    path.unlink(missing_ok=True)
    return Removed(1, found.st_size)


def _newest(folder: Path) -> float:
    return max(path.lstat().st_mtime for path in [folder, *folder.rglob("*")])


def _count_and_size(folder: Path) -> tuple[int, int]:
    files = [path.lstat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(files), sum(files)
