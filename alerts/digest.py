"""One digest per source and run: what is new, there again or fixed since its owner was last told. No digest if nothing changed.

If a check fails to run, its result is unknown. Its items stay as last reported, and there is no all-clear until the check can run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alerts.alert_settings import LONDON, next_pick_up
from alerts.alert_wording import held_titles, months, source_name
from alerts.open_items import URGENT, Item, Standing, standing
from expectations.missing_files import MISSING, NO_MONTH, REFUSED
from foundation.configuration import organisation
from foundation.storage import Storage, private, write_whole

NEW, AGAIN, UNCHECKED = "new", "again", "unchecked"
FIXED, ACCEPTED, LET_GO = "fixed", "accepted", "let_go"
OPEN = (NEW, AGAIN, UNCHECKED)
QUIET = "note"
ROWS = "rows"


@dataclass(frozen=True)
class Line:
    """A line of a digest's table: an item, and how many of its rows are new, there again or fixed.

    `state`: `unchecked` if its rule could not be checked this time, so that it stays as last reported; `accepted` if the council accepts
    it as true `until` a day; `let_go` if it is too old to be followed, or its rule no longer exists.
    """

    item: Item
    state: str
    rows_new: int = 0
    rows_again: int = 0
    rows_fixed: int = 0
    until: date | None = None


@dataclass(frozen=True)
class Digest:
    """What an owner is told about a source. Counts and words only: no value of a row, no name of a person."""

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
        return tuple(line for line in self.lines if line.state in OPEN)

    @property
    def to_mend(self) -> tuple[Line, ...]:
        return tuple(line for line in self.open if line.item.severity != QUIET)

    @property
    def months(self) -> tuple[str, ...]:
        """The months with something to correct, whose extracts must be sent again."""
        found = {line.item.period for line in self.to_mend if line.item.severity != MISSING}
        return tuple(sorted(found - {NO_MONTH}))

    @property
    def rows(self) -> int:
        """Rows to correct. Each row counts once, even if several rules find something in it."""
        items = [line.item for line in self.to_mend if line.item.counts == ROWS]
        named = {place for item in items for place in item.places}
        return len(named) + sum(max(0, item.rows - len(item.places)) for item in items)

    @property
    def all_put_right(self) -> bool:
        """Whether everything that was reported is fixed, and not only accepted or no longer followed."""
        return all(line.state == FIXED for line in self.lines if line.item.severity != QUIET)

    @property
    def pick_up(self) -> datetime:
        return next_pick_up(self.now)

    @property
    def subject(self) -> str:
        """The action, how many files or rows, the months, and when files are next picked up."""
        name = f"{source_name(self.source)} of {self.council}"
        if self.all_clear:
            what = "All clear: nothing to correct" if self.all_put_right else "Nothing to correct now"
            return f"{what} in {name}, {self.now:%-d %B %Y}"
        then = f"next pick-up {self.pick_up:%-d %B %Y, %H:%M}"
        of = f", {months(self.months)}" if self.months else ""
        kinds = {line.item.severity for line in self.open}
        again = {(line.item.file, line.item.period) for line in self.open if line.item.severity in (REFUSED, "block")}
        if MISSING in kinds:
            missing = [line.item.period for line in self.open if line.item.severity == MISSING]
            also = f" and {len(again)} again" if again else ""
            return f"Send {len(missing)} missing {'file' if len(missing) == 1 else 'files'}{also}: {name}, {months(missing)}; {then}"
        if again:
            files = "file" if len(again) == 1 else "files"
            return f"Send {len(again)} {files} again: {name}, {months([period for _, period in again])}; {then}"
        if self.rows:
            return f"Correct {self.rows} {'row' if self.rows == 1 else 'rows'}: {name}{of}; {then}"
        count = len(self.to_mend)
        return f"Check {count} {'finding' if count == 1 else 'findings'}: {name}{of}; {then}"


def digest(organisation_id: str, source: str, store: Storage, now: datetime, urgent_only: bool = False) -> Digest | None:
    """What the owner must be told now. None if nothing changed since they were last told.

    `urgent_only`: only a missing file, a refused file, a block, or the end of everything that was reported. The all-clear waits until every
    check could run.
    """
    found = standing(organisation_id, source, store, now.astimezone(LONDON).date())
    before = _told(_path(store, organisation_id, source))
    lines = _lines(found, before)
    loud = [line for line in lines if line.item.severity != QUIET]
    had = any(item["severity"] != QUIET for item in before.values())
    nothing_open = not any(line.state in OPEN for line in loud)
    all_clear = had and nothing_open and found.is_sure
    if nothing_open and not all_clear:
        return None
    changed = [line for line in loud if line.state in (NEW, FIXED, ACCEPTED) or line.rows_new or line.rows_fixed]
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
        held=held_titles(source, [line.item for line in lines if line.state in OPEN]),
        all_clear=all_clear,
        now=now,
    )


def remember(told: Digest, store: Storage) -> None:
    """Keep what the owner was told, in the restricted folder, because it names rows by pseudonym."""
    items = {
        line.item.key: {
            "severity": line.item.severity,
            "rows": line.item.rows,
            "names": sorted(line.item.names),
            "says": line.item.says,
            "fix": line.item.fix,
            "period": line.item.period,
            "code": line.item.code,
            "counts": line.item.counts,
        }
        for line in told.open
    }
    path = _path(store, told.organisation_id, told.source)
    private(path.parent)
    write_whole(
        path, lambda part: part.write_text(json.dumps({"told_at": told.now.isoformat(), "items": items}, indent=1), encoding="utf-8")
    )


def _lines(found: Standing, before: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    lines = []
    for item in found.items:
        was = before.get(item.key)
        if was is None:
            lines.append(Line(item, NEW, rows_new=item.rows))
        elif item.names or was["names"]:
            had = set(was["names"])
            lines.append(Line(item, AGAIN, len(item.names - had), len(item.names & had), len(had - item.names)))
        else:
            lines.append(Line(item, AGAIN, max(0, item.rows - was["rows"]), min(item.rows, was["rows"]), max(0, was["rows"] - item.rows)))
    still = {item.key for item in found.items}
    return lines + [_gone(key, was, found) for key, was in before.items() if key not in still]


def _gone(key: str, was: Mapping[str, Any], found: Standing) -> Line:
    """What became of an item that was reported and is no longer found."""
    counts = was.get("counts", ROWS)
    item = Item(was["code"], was["period"], was["severity"], was["says"], was["fix"], was["rows"], counts=counts)
    if item.code in found.errored:
        return Line(replace(item, names=frozenset(was["names"])), UNCHECKED, rows_again=item.rows)
    if key in found.accepted:
        return Line(item, ACCEPTED, until=found.accepted[key])
    if key in found.let_go or found.is_no_longer_asked(item.code):
        return Line(item, LET_GO)
    return Line(replace(item, rows=0), FIXED, rows_fixed=was["rows"])


def _told(path: Path) -> dict[str, dict[str, Any]]:
    return dict(json.loads(path.read_bytes())["items"]) if path.exists() else {}


def _path(store: Storage, organisation_id: str, source: str) -> Path:
    return store.rejected(organisation_id, source) / "told.json"
