"""One digest a source and run: what is new, there again and put right since its owner was last told. Nothing if nothing changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alerts.open_items import MISSING, REFUSED, URGENT, Item, open_items
from alerts.settings import LONDON, next_pick_up
from alerts.words import held_titles, months, source_name
from warehouse.configuration import organisation
from warehouse.storage import Storage, private, write_whole

NEW, AGAIN, FIXED = "new", "again", "fixed"
QUIET = "note"


@dataclass(frozen=True)
class Line:
    """A line of a digest's table: an item, and how many of its rows are new, there again and put right."""

    item: Item
    state: str
    rows_new: int
    rows_again: int
    rows_fixed: int


@dataclass(frozen=True)
class Digest:
    """What an owner is told of a source. Counts and words: no value of a row, no name of a person."""

    organisation_id: str
    council: str
    source: str
    owner: str
    lines: tuple[Line, ...]
    held: tuple[str, ...]
    all_clear: bool
    now: datetime

    @property
    def open(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.state != FIXED)

    @property
    def rows(self) -> int:
        """Rows to mend, each counted once a rule."""
        return sum(line.item.rows for line in self.open if line.item.severity != QUIET)

    @property
    def pick_up(self) -> datetime:
        return next_pick_up(self.now)

    @property
    def subject(self) -> str:
        """The action, its number and its date."""
        name = f"{source_name(self.source)} of {self.council}"
        if self.all_clear:
            return f"All clear: nothing to correct in {name}, {self.now:%-d %B %Y}"
        by = f"before {self.pick_up:%-d %B %Y, %H:%M}"
        kinds = {line.item.severity for line in self.open}
        again = {(line.item.file, line.item.period) for line in self.open if line.item.severity in (REFUSED, "block")}
        if MISSING in kinds:
            missing = [line.item.period for line in self.open if line.item.severity == MISSING]
            also = f" and {len(again)} again" if again else ""
            return f"Send {len(missing)} missing {'file' if len(missing) == 1 else 'files'}{also}: {name}, {months(missing)}, {by}"
        if again:
            files = "file" if len(again) == 1 else "files"
            return f"Send {len(again)} {files} again: {name}, {months([period for _, period in again])}, {by}"
        if self.rows:
            return f"Correct {self.rows} {'row' if self.rows == 1 else 'rows'}: {name}, {by}"
        count = len([line for line in self.open if line.item.severity != QUIET])
        return f"Check {count} {'finding' if count == 1 else 'findings'}: {name}, {by}"


def digest(organisation_id: str, source: str, store: Storage, now: datetime, urgent_only: bool = False) -> Digest | None:
    """What the owner has to be told now; None if nothing changed since they were last told.

    `urgent_only`: only a missing file, a refused file, a block, or the end of everything that was told.
    """
    items = open_items(organisation_id, source, store, now.astimezone(LONDON).date())
    before = _told(_path(store, organisation_id, source))
    lines = _lines(items, before)
    loud = [line for line in lines if line.item.severity != QUIET]
    had = any(one["severity"] != QUIET for one in before.values())
    all_clear = had and not any(line.state != FIXED for line in loud)
    changed = [line for line in loud if line.state in (NEW, FIXED) or line.rows_new or line.rows_fixed]
    if urgent_only and not all_clear:
        changed = [line for line in changed if line.item.severity in URGENT]
    if not changed and not all_clear:
        return None
    council = organisation(organisation_id)
    setting = council.sources[source]
    return Digest(
        organisation_id=organisation_id,
        council=council.name,
        source=source,
        owner=setting.owner,
        lines=tuple(lines),
        held=held_titles(source, [line.item for line in lines if line.state != FIXED]),
        all_clear=all_clear,
        now=now,
    )


def remember(told: Digest, store: Storage) -> None:
    """Keep what the owner was told, in the restricted folder, since it names rows by pseudonym."""
    items = {
        line.item.key: {
            "severity": line.item.severity,
            "rows": line.item.rows,
            "names": sorted(line.item.names),
            "says": line.item.says,
            "fix": line.item.fix,
            "period": line.item.period,
            "code": line.item.code,
        }
        for line in told.open
    }
    path = _path(store, told.organisation_id, told.source)
    private(path.parent)
    write_whole(
        path, lambda part: part.write_text(json.dumps({"told_at": told.now.isoformat(), "items": items}, indent=1), encoding="utf-8")
    )


def _lines(items: Sequence[Item], before: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    lines = []
    for one in items:
        was = before.get(one.key)
        if was is None:
            lines.append(Line(one, NEW, one.rows, 0, 0))
        elif one.names or was["names"]:
            had = set(was["names"])
            lines.append(Line(one, AGAIN, len(one.names - had), len(one.names & had), len(had - one.names)))
        else:
            lines.append(Line(one, AGAIN, max(0, one.rows - was["rows"]), min(one.rows, was["rows"]), max(0, was["rows"] - one.rows)))
    still = {one.key for one in items}
    for key, was in before.items():
        if key not in still:
            gone = Item(was["code"], was["period"], was["severity"], was["says"], was["fix"], 0)
            lines.append(Line(gone, FIXED, 0, 0, was["rows"]))
    return lines


def _told(path: Path) -> dict[str, dict[str, Any]]:
    return dict(json.loads(path.read_bytes())["items"]) if path.exists() else {}


def _path(store: Storage, organisation_id: str, source: str) -> Path:
    return store.rejected(organisation_id, source) / "told.json"
