"""The extracts of a council and source that wait in the inbox, and the month that each file's name gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingestion.mapping import Mapping
from warehouse.configuration import Organisation
from warehouse.ledger import HELD, Problem
from warehouse.storage import Storage

TEMPORARY = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".lock")
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Extract:
    """A file in the inbox. `period` is `YYYY-MM`, or None if the name's month is none; `received_at` is ISO 8601 in UTC."""

    path: Path
    period: str | None
    received_at: str

    @property
    def name(self) -> str:
        return self.path.name


def find(inbox: Path, mapping: Mapping) -> tuple[list[Extract], list[Problem]]:
    """The extracts that the mapping names, in the order in which they were received, and a problem for each other file."""
    extracts, problems = [], []
    for path in sorted(inbox.iterdir()) if inbox.is_dir() else []:
        if is_temporary(path):
            continue
        match = mapping.pattern.fullmatch(path.name)
        if path.is_symlink() or not path.is_file():
            says = f"{path.name}: not a file. Put the extract itself into {inbox}, or take this away"
            problems.append(Problem("unknown_file", HELD, path.name, says))
        elif match is None:
            says = f"{path.name}: no mapping names this file. Expected a name like {mapping.pattern.pattern}"
            advice = f"Rename it, mend `file.pattern` in {mapping.path}, or move it to the source's own folder"
            problems.append(Problem("unknown_file", HELD, path.name, f"{says}. {advice}"))
        else:
            extracts.append(Extract(path, _period(match), received_at(path)))
    return sorted(extracts, key=lambda one: (one.received_at, one.name)), problems


def unclaimed(store: Storage, councils: list[Organisation]) -> list[Problem]:
    """A problem for each file in the inbox that lies in no configured council's and source's folder, so that nobody would read it."""
    root = store.home / "inbox"
    claimed = {store.inbox(one.organisation_id, source) for one in councils for source in one.sources}
    problems = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and not is_temporary(path) and path.parent not in claimed:
            shown = path.relative_to(root)
            says = f"{shown}: no council and source is configured for this folder"
            advice = "Move the file to inbox/<council>/<source>/, or add the source to organisation.yaml"
            problems.append(Problem("unknown_file", HELD, str(shown), f"{says}. {advice}"))
    return problems


def is_temporary(path: Path) -> bool:
    """Whether a file is one that a program leaves beside its own: hidden, an office lock file, or still being written."""
    return path.name.startswith((".", "~$")) or path.suffix.lower() in TEMPORARY


def received_at(path: Path) -> str:
    """When the file was received, by its own time stamp: ISO 8601 in UTC, whole seconds."""
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).isoformat(timespec="seconds")


def _period(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    if groups.get("period"):
        digits = re.sub(r"\D", "", groups["period"])
        year, month = digits[:4], digits[4:]
    else:
        year, month = groups["year"], groups["month"]
    year = f"20{year}" if len(year) == 2 else year
    if month[:3].lower() in MONTH_NAMES:
        month = str(MONTH_NAMES.index(month[:3].lower()) + 1)
    if not (year.isdigit() and len(year) == 4 and month.isdigit() and 1 <= int(month) <= 12):
        return None
    return f"{year}-{int(month):02d}"
