"""The extracts of a council and source that wait in the inbox, and the month that each file's name gives."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from foundation.arrives import INBOX, Arrives
from foundation.configuration import Organisation
from foundation.ledger import CLOCKS_DIFFER, HELD, NOTE, Problem
from foundation.storage import Storage
from ingestion.mapping import Mapping
from ingestion.mapping.expressions import Found
from ingestion.refusal import Finding

MARKER = ".done"
TEMPORARY = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".lock")
LONGEST_NAME = 200
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Extract:
    """A file in the inbox. `period` is `YYYY-MM`, or None if the name gives no valid month. `received_at` is ISO 8601 in UTC.

    `parts` are the files that make up the extract, if there are several. `refused` says why it is not read at all: its time is not
    valid.
    """

    path: Path
    period: str | None
    received_at: str
    parts: tuple[Path, ...] = ()
    refused: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.parts[0].name}_and_{len(self.parts) - 1}_more.zip" if self.parts else self.path.name


def find(inbox: Path, mapping: Mapping, arrives: Arrives | None = None) -> tuple[list[Extract], list[Problem]]:
    """The extracts that the mapping names, in the order in which they were received, and a problem for each other file.

    Files that are still being written, by the rules of `arrives` for an inbox, are noted and left for the next run.
    """
    extracts, problems = [], []
    paths = sorted(inbox.iterdir()) if inbox.is_dir() else []
    rules = arrives if arrives is not None and arrives.kind == INBOX else Arrives()
    names = {path.name for path in paths}
    for path in paths:
        if is_temporary(path) or is_marker(path.name, rules):
            continue
        match = mapping.pattern.fullmatch(path.name)
        if not is_plain_name(path.name):
            says = f"{shown(path.name)}: no system of files takes this name everywhere, or it has signs that cannot be written"
            advice = f"Rename the file in {inbox}: letters, digits and signs that can be seen, at most {LONGEST_NAME} bytes"
            problems.append(Problem("unsafe_name", HELD, shown(path.name), f"{says}. {advice}"))
        elif path.is_symlink() or not path.is_file():
            says = f"{path.name}: not a file. Put the extract itself into {inbox}, or take this away"
            problems.append(Problem("unknown_file", HELD, path.name, says))
        elif match is None:
            says = f"{path.name}: no mapping names this file. Expected a name like {mapping.pattern.pattern}"
            advice = f"Rename it, correct `file.pattern` in {mapping.path}, or move it to the source's own folder"
            problems.append(Problem("unknown_file", HELD, path.name, f"{says}. {advice}"))
        elif stamps := _stamps(path):
            wrong = wrong_time(stamps.st_mtime)
            if not wrong and (waits := unfinished(path.name, int(stamps.st_mtime), names, rules)):
                problems.append(waits)
                continue
            # Nobody can set the time at which a file was put here. So it replaces a time stamp that cannot be right.
            received = received_at(stamps.st_ctime if wrong else stamps.st_mtime)
            extracts.append(Extract(path, period_in_name(match, mapping.month), received, refused=(wrong,) if wrong else ()))
    return sorted(extracts, key=lambda extract: (extract.received_at, extract.name)), problems


def unclaimed(store: Storage, councils: list[Organisation], unusable: Collection[str] = ()) -> list[Problem]:
    """A problem for each file in the inbox that no landing would read, because its folder is no configured council's and source's.

    The sources of councils that are `unusable` are not known.
    """
    root = store.home / "inbox"
    claimed = {store.inbox(council.organisation_id, source) for council in councils for source in council.sources}
    problems = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and not is_temporary(path) and path.parent not in claimed and path.relative_to(root).parts[0] not in unusable:
            place = str(path.relative_to(root))
            named = place if place.isprintable() else shown(place)
            says = f"{named}: no council and source is configured for this folder"
            advice = "Move the file to inbox/<council>/<source>/, or add the source to organisation.yaml"
            problems.append(Problem("unknown_file", HELD, named, f"{says}. {advice}"))
    return problems


def is_plain_name(name: str) -> bool:
    """Whether a name is only a file's name: without a folder, printable, and not too long."""
    return name.isprintable() and not set(name) & set("/\\") and name not in ("", ".", "..") and len(name.encode()) <= LONGEST_NAME


def shown(name: str) -> str:
    """A name with any characters, in a form that can be printed."""
    return ascii(name)[1:-1][:80]


def is_temporary(path: Path) -> bool:
    """Whether a file is one that a program leaves beside its own: hidden, an office lock file, or still being written."""
    return path.name.startswith((".", "~$")) or path.suffix.lower() in TEMPORARY


def is_marker(name: str, arrives: Arrives) -> bool:
    """Whether a file only says that another one is finished."""
    return arrives.done_marker and name.endswith(MARKER)


def unfinished(name: str, modified: int, names: set[str], arrives: Arrives) -> Problem | None:
    """A note on a file that may still be written: its marker is missing, or it changed (seconds since 1970) not long ago."""
    if arrives.done_marker and name + MARKER not in names:
        says = f"{name}: left until its marker {name}{MARKER} is there"
        return Problem("still_written", NOTE, name, says)
    if arrives.stable_seconds and time.time() - modified < arrives.stable_seconds:
        says = f"{name}: left until it has not changed for {arrives.stable_seconds} seconds"
        return Problem("still_written", NOTE, name, says)
    return None


def _stamps(path: Path) -> os.stat_result | None:
    """The system's facts about a file. None if it has gone: if it comes back, the next landing reads it."""
    try:
        return path.lstat()
    except OSError:
        return None


def wrong_time(modified: float) -> Finding | None:
    """Why a file's time (seconds since 1970) cannot be right: it is no valid time, or further in the future than clocks may differ."""
    try:
        written = datetime.fromtimestamp(modified, UTC)
    except (ValueError, OverflowError, OSError):
        says = "the file has a time before the year 1 or after 9999"
    else:
        if modified <= time.time() + CLOCKS_DIFFER.total_seconds():
            return None
        says = f"the file has the time {written:%Y-%m-%d}, which is still to come"
    advice = "Correct the clock of the system that wrote it, or give the file the present time (touch), and send it again"
    return Finding("wrong_time", f"{says}, so that every later correction would come before it. {advice}")


def received_at(modified: float) -> str:
    """When a file was received, by its time stamp: ISO 8601 in UTC, whole seconds."""
    return datetime.fromtimestamp(int(modified), UTC).isoformat(timespec="seconds")


def period_in_name(match: Found, month_of_year: str | None = None) -> str | None:
    """The month (`YYYY-MM`) that the groups of a file name give. None if they give no valid month, or if there are no such groups.

    `month_of_year` is the month of a yearly file, whose name gives only the year.
    """
    groups = {name: text or "" for name, text in match.groupdict().items()}
    if not {"period", "year", "month"} & set(groups):
        return None
    if groups.get("period"):
        digits = re.sub(r"\D", "", groups["period"])
        year, month = digits[:4], digits[4:]
    else:
        year, month = groups["year"], groups.get("month", "") or month_of_year or ""
    year = f"20{year}" if len(year) == 2 else year
    if month[:3].lower() in MONTH_NAMES:
        month = str(MONTH_NAMES.index(month[:3].lower()) + 1)
    if not (year.isdigit() and len(year) == 4 and month.isdigit() and 1 <= int(month) <= 12):
        return None
    return f"{year}-{int(month):02d}"
