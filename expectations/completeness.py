"""The gate before publication: is every source of the month delivered, checked and reconciled?

`publication.yaml` in the configuration folder names the sources that a publication needs, and the roles that may override the gate
(`may_override`). `publication_overrides.csv` has the overrides: month, council, source, what it lacks, by, reason. Overrides that are used go
into the publication's manifest. An override of something that is not missing has no effect.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from expectations.engine.check_results import MARTS, latest_results
from foundation import ledger
from foundation.configuration import PUBLISHED_STATISTICS, ConfigurationError, Organisation, configuration_folder, organisations
from foundation.kept_hashes import held_where_damaged
from foundation.ledger import Delivery
from foundation.publication_settings import SETTINGS, publication_settings
from foundation.storage import Storage, shared, storage, write_whole
from warehouse.earlier_publications import last_through

OVERRIDES, RESULT = "publication_overrides.csv", "completeness.json"
COLUMNS = ("month", "organisation_id", "source", "lack", "by", "reason")
ALL_SOURCES = "all_sources"
NEARLY_ALL = 0.9
Lack = Literal["not in", "not checked", "not all checked", "not reconciled", "not available"]
SAYS: dict[Lack, str] = {
    "not in": "no file for the month is in force",
    "not checked": "it was not checked, or a check that can hold it or its indicators could not run",
    "not all checked": "a check that holds nothing could not run",
    "not reconciled": "rows read are not the sum of rows accepted, rejected and left out",
    "not available": "nearly all of its indicators have no figure, but had one in the last publication",
}
MAY_BE_OVERRIDDEN: tuple[Lack, ...] = ("not in", "not checked", "not reconciled", "not available")
HOLDS = ("block", "hold")


@dataclass(frozen=True)
class Gap:
    """What a month lacks from a council's source. `stops`: the month is not published because of it, unless an authorised role overrides it."""

    organisation_id: str
    source: str
    lack: Lack
    stops: bool

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.source}: {SAYS[self.lack]}"


@dataclass(frozen=True)
class Override:
    """An authorised person's decision to publish a month although it lacks a source."""

    month: str
    organisation_id: str
    source: str
    lack: str
    by: str
    reason: str

    def covers(self, gap: Gap) -> bool:
        """Whether this is the gap that was overridden."""
        return (self.organisation_id, self.source, self.lack) == (gap.organisation_id, gap.source, gap.lack)


class Incomplete(Exception):
    """The month must not be published. The message names what it lacks and who may override that."""


def check_completeness() -> list[Gap]:
    """What the month of the build lacks, written to `build/checks/` for the manifest.

    The marts of this very build must be checked, because a build by hand in between would have others. Raises Incomplete, after writing, if a
    gap stops publication and nobody overrode it. Raises ConfigurationError.
    """
    store = storage()
    month = _month(store)
    if month and not _marts_are_checked(store):
        raise Incomplete("The marts of this build were not checked. Check them, then publish: python -m expectations marts")
    settings = publication_settings()
    must_be_in, may_override = settings.must_be_in, settings.may_override
    found = [gap for council in organisations() for gap in _gaps(council, month, must_be_in, store)] + _without_figures(store, month)
    stops = [gap for gap in found if gap.stops]
    overrides = [
        override for override in _overrides(may_override) if override.month == month and any(override.covers(gap) for gap in stops)
    ]
    stopping = [gap for gap in stops if not any(override.covers(gap) for override in overrides)]
    kept = {
        "month": month,
        "gaps": [asdict(gap) for gap in found],
        "stopping": [asdict(gap) for gap in stopping],
        "overrides": [asdict(override) for override in overrides],
    }
    path = shared(store.checks) / RESULT
    write_whole(path, lambda part: part.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8"))
    if stopping:
        who = ", ".join(may_override) or f"nobody. Name the roles in {configuration_folder() / SETTINGS}, may_override"
        raise Incomplete(
            f"{month} is not published: {'; '.join(map(str, stopping))}. The last publication stays. Correct it, or have it overridden in "
            f"{configuration_folder() / OVERRIDES}. Who may override: {who}"
        )
    return found


def _gaps(council: Organisation, month: str, must_be_in: Iterable[str], store: Storage) -> Iterable[Gap]:
    for source in council.sources if council.has_month(month) else ():
        if source in PUBLISHED_STATISTICS:
            continue
        of_month = [delivery for delivery in ledger.deliveries(council.organisation_id, source, store) if delivery.period == month]
        good = ledger.in_force(held_where_damaged(of_month, store)[0]).get(month)
        if good is None:
            yield Gap(council.organisation_id, source, "not in", source in must_be_in)
            continue
        lack = _not_checked(good, latest_results(council.organisation_id, source, store))
        if lack:
            yield Gap(council.organisation_id, source, lack, lack == "not checked")
        if good.rows_read != good.rows_accepted + good.rows_rejected + good.rows_left_out:
            yield Gap(council.organisation_id, source, "not reconciled", True)


def _without_figures(store: Storage, month: str) -> list[Gap]:
    """Councils for which nearly no indicator has a figure in the build's last month, although it had one in the last publication."""
    before = last_through(store, month)
    if before is None:
        return []
    then, now = _shares_without_figure(before / "inside" / "workforce.duckdb"), _shares_without_figure(store.build_database)
    fallen = [council for council, share in now.items() if share >= NEARLY_ALL > then.get(council, 1)]
    return [Gap(council, ALL_SOURCES, "not available", True) for council in fallen]


def _shares_without_figure(database: Path) -> dict[str, float]:
    """The share (0 to 1) of each council's indicators that are not available in the last month."""
    with duckdb.connect(str(database), read_only=True) as marts:
        return dict(
            marts.execute(
                "select organisation_id, avg((status = 'not_available')::int) from marts.indicator_value where scope = 'organisation' "
                "and month_end = (select max(month_end) from marts.indicator_value) group by organisation_id order by organisation_id"
            ).fetchall()
        )


def _not_checked(delivery: Delivery, results: Iterable[Mapping[str, Any]]) -> Lack | None:
    """What the checks lack. A check that could not run counts by its severity. A note or a warning does not stop the month."""
    mine = [result for result in results if result["delivery_id"] == delivery.delivery_id]
    errored = [result["severity"] for result in mine if result["outcome"] == "errored"]
    if not mine or any(severity in HOLDS for severity in errored):
        return "not checked"
    return "not all checked" if errored else None


def stopped() -> tuple[str, list[Gap]]:
    """The month that the gate last tested, and what stopped it. Empty if it never ran."""
    path = storage().checks / RESULT
    found = json.loads(path.read_bytes()) if path.exists() else {}
    return str(found.get("month", "")), [Gap(**gap) for gap in found.get("stopping", ())]


def _month(store: Storage) -> str:
    with duckdb.connect(str(store.build_database), read_only=True) as built:
        row = built.execute("select strftime(max(month_end), '%Y-%m') from marts.indicator_value").fetchone()
    return str(row[0]) if row and row[0] else ""


def _marts_are_checked(store: Storage) -> bool:
    with duckdb.connect(str(store.build_database), read_only=True) as built:
        row = built.execute("select count(*) from marts.data_quality_result where source = ? and is_latest", [MARTS]).fetchone()
    return bool(row and row[0])


def _overrides(may_override: Iterable[str]) -> list[Override]:
    path = configuration_folder() / OVERRIDES
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ConfigurationError(f"{path}: the header must be {','.join(COLUMNS)}, in this order")
        return [_override(path, number, row, tuple(may_override)) for number, row in enumerate(reader, start=2)]


def _override(path: Path, number: int, row: Mapping[str, Any], may_override: tuple[str, ...]) -> Override:
    if None in row or None in row.values() or not str(row["reason"]).strip():
        raise ConfigurationError(f"{path}: line {number}: needs {', '.join(COLUMNS)}, and a reason in words")
    if row["by"] not in may_override:
        raise ConfigurationError(
            f"{path}: line {number}: '{row['by']}' may not override. {SETTINGS} names who may override: {', '.join(may_override)}"
        )
    if str(row["lack"]).strip() not in MAY_BE_OVERRIDDEN:
        raise ConfigurationError(f"{path}: line {number}: lack is '{row['lack']}'; write one of: {', '.join(MAY_BE_OVERRIDDEN)}")
    return Override(**{name: str(row[name]).strip() for name in COLUMNS})
