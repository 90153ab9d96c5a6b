"""The deliveries behind a figure: for each source and month the one in force, its file, its contract and its checks, and those that are held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from contracts import Contract, versions
from foundation.ledger import HELD, Delivery, original_name
from foundation.storage import Storage

# Whose extracts also say what was true before their month, so that later ones count too (mart `restatement`).
REPORT_THE_PAST = ("hr_assignments", "training")


@dataclass(frozen=True)
class SourceMonth:
    """What a publication used of a source for a month. `in_force` is its id, None if there was none; `delivery` is its ledger entry, None if the
    ledger has it no more. `held` are the deliveries of the month that are held."""

    source: str
    period: str
    in_force: str | None
    delivery: Delivery | None
    held: tuple[Delivery, ...]

    def original(self, place: Storage) -> str:
        """Where the file as it came is kept, within the data root."""
        assert self.delivery is not None
        folder = place.landing(self.delivery.organisation_id, self.source)
        return (folder / original_name(self.delivery.sha256, self.delivery.file)).relative_to(place.home).as_posix()


@dataclass(frozen=True)
class Check:
    """What a rule found in a delivery in force, if it did not pass."""

    source: str
    period: str
    rule_id: str
    severity: str
    outcome: str
    rows_failed: int
    says: str


def source_months(
    manifest: Mapping[str, Any], known: Iterable[Delivery], months_of: Mapping[str, int], organisation_id: str, last: date
) -> list[SourceMonth]:
    """For each source, the months to `last` that a figure needs of it (`months_of`), by the manifest of the publication and the ledger."""
    in_force = {
        (used["source"], used["period"]): used["delivery_id"]
        for used in manifest["deliveries_in_force"]
        if used["organisation_id"] == organisation_id
    }
    entries = {(delivery.source, delivery.delivery_id): delivery for delivery in known}
    held = [delivery for delivery in entries.values() if delivery.state == HELD]
    found = []
    for source, months in sorted(months_of.items()):
        for period in periods(last, months):
            used = in_force.get((source, period))
            entry = entries.get((source, used)) if used else None
            of_month = tuple(delivery for delivery in held if (delivery.source, delivery.period) == (source, period))
            found.append(SourceMonth(source, period, used, entry, of_month))
    return found


def periods(last: date, months: int) -> list[str]:
    """Months as `YYYY-MM`, the last of them that of `last`."""
    numbers = range(last.year * 12 + last.month - months, last.year * 12 + last.month)
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]


def checks_of(built: duckdb.DuckDBPyConnection, months: Iterable[SourceMonth], organisation_id: str) -> tuple[list[Check], int]:
    """What the rules found in the deliveries in force: those that did not pass, and how many passed."""
    ids = [month.in_force for month in months if month.in_force]
    found = built.execute(
        """
        select source, period, rule_id, severity, outcome, rows_failed, says
        from raw.checks where organisation_id = ? and delivery_id in (select unnest(?)) order by all
        """,
        [organisation_id, ids],
    ).fetchall()
    checks = [Check(*row) for row in found]
    return [check for check in checks if check.outcome != "passed"], sum(1 for check in checks if check.outcome == "passed")


def contracts_of(months: Iterable[SourceMonth]) -> list[tuple[str, Contract]]:
    """The versions of the contracts by which the deliveries in force were read, by source. A version that this code does not have is left out."""
    read = {(month.source, month.delivery.contract_version) for month in months if month.delivery}
    known = {(source, contract.version): contract for source in {source for source, _ in read} for contract in versions(source)}
    return [(source, known[source, version]) for source, version in sorted(read) if (source, version) in known]
