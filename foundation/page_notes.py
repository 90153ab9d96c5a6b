"""What people say about figures, beside the figures: rebases of process limits, the plans of targets, and commentary.

`rebases.csv`: from when the limits of a series start again, who decided and why. `plans.csv`: from when to when a plan runs; a target whose
source names the plan ends with it. `commentary.csv`: what an owner says of an indicator. They lie in the configuration folder, and none has to
be there. A publication keeps them as they were, in `inside/page_notes.json`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from foundation.errors import ConfigurationError

NOTES = "page_notes.json"
REBASES, PLANS, COMMENTARY = "rebases.csv", "plans.csv", "commentary.csv"
COLUMNS = {
    REBASES: ("organisation_id", "series", "from_date", "by", "reason"),
    PLANS: ("organisation_id", "plan", "from_date", "to_date"),
    COMMENTARY: ("organisation_id", "indicator_id", "written_on", "by", "says"),
}
DATES = ("from_date", "to_date", "written_on")
MAY_BE_EMPTY = {PLANS: ("organisation_id", "to_date"), COMMENTARY: ("indicator_id",)}


@dataclass(frozen=True)
class RebaseNote:
    """From this day the process limits of a council's series start again."""

    organisation_id: str
    series: str
    from_date: date
    by: str
    reason: str


@dataclass(frozen=True)
class PlanNote:
    """A plan that sets targets, and its last day. Without a council, a plan of every council. Without a last day, a plan with no end."""

    organisation_id: str
    plan: str
    from_date: date
    to_date: date | None


@dataclass(frozen=True)
class CommentNote:
    """What an owner says of an indicator, or of the council's figures together if it names none."""

    organisation_id: str
    indicator_id: str
    written_on: date
    by: str
    says: str


@dataclass(frozen=True)
class PageNotes:
    """All of them."""

    rebases: tuple[RebaseNote, ...] = ()
    plans: tuple[PlanNote, ...] = ()
    commentary: tuple[CommentNote, ...] = ()

    def plan_of(self, organisation_id: str, source: str) -> PlanNote | None:
        """The plan that a target's source names. The longest title counts, so that a title within another is no matter."""
        found = [note for note in self.plans if note.organisation_id in ("", organisation_id) and note.plan in source]
        return max(found, key=lambda note: len(note.plan), default=None)

    def comments_on(self, organisation_id: str, indicator_id: str, until: date) -> list[CommentNote]:
        """What was written by a day, latest first."""
        mine = [note for note in self.commentary if (note.organisation_id, note.indicator_id) == (organisation_id, indicator_id)]
        return sorted((note for note in mine if note.written_on <= until), key=lambda note: note.written_on, reverse=True)


def read_page_notes(folder: Path) -> PageNotes:
    """The notes of a configuration folder. Raises ConfigurationError naming file, line and what to do."""
    return PageNotes(
        rebases=tuple(RebaseNote(**row) for row in _rows(folder / REBASES)),
        plans=tuple(PlanNote(**row) for row in _rows(folder / PLANS)),
        commentary=tuple(CommentNote(**row) for row in _rows(folder / COMMENTARY)),
    )


def keep_page_notes(folder: Path, inside: Path) -> None:
    """Write the notes of a configuration folder beside a publication's tables."""
    written = json.dumps(asdict(read_page_notes(folder)), indent=2, default=date.isoformat)
    (inside / NOTES).write_text(written + "\n", encoding="utf-8")


def kept_page_notes(inside: Path) -> PageNotes:
    """The notes as a publication keeps them. None for a publication from before there were any."""
    path = inside / NOTES
    if not path.exists():
        return PageNotes()
    kept = json.loads(path.read_text(encoding="utf-8"))
    return PageNotes(
        rebases=tuple(RebaseNote(**_dated(row)) for row in kept["rebases"]),
        plans=tuple(PlanNote(**_dated(row)) for row in kept["plans"]),
        commentary=tuple(CommentNote(**_dated(row)) for row in kept["commentary"]),
    )


def _dated(row: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: date.fromisoformat(text) if name in DATES and text else text for name, text in row.items()}


def _rows(path: Path) -> list[dict[str, Any]]:
    columns, may_be_empty = COLUMNS[path.name], MAY_BE_EMPTY.get(path.name, ())
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != columns:
                raise ConfigurationError(f"{path}: the header must be {','.join(columns)}, in this order")
            return [_row(path, reader.line_num, row, columns, may_be_empty) for row in reader]
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is not UTF-8. Save it as CSV UTF-8") from None


def _row(path: Path, line: int, row: Mapping[str, Any], columns: tuple[str, ...], may_be_empty: tuple[str, ...]) -> dict[str, Any]:
    where = f"{path}: line {line}"
    if None in row or None in row.values():
        raise ConfigurationError(f"{where}: must have {len(columns)} values: {', '.join(columns)}. Put a text with a comma into quotes")
    texts = {name: str(row[name]).strip() for name in columns}
    empty = [name for name in columns if not texts[name] and name not in may_be_empty]
    if empty:
        raise ConfigurationError(f"{where}: {', '.join(empty)} must not be empty")
    read: dict[str, Any] = dict(texts)
    for name in (name for name in columns if name in DATES):
        try:
            read[name] = date.fromisoformat(texts[name]) if texts[name] else None
        except ValueError:
            raise ConfigurationError(f"{where}: {name} must be a date such as 2025-04-30") from None
    return read
