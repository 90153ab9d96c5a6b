"""Counted cells beside those of a publication, and beside the build's where the publication hides them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.recount.counts import Key, Table, recounted
from tests.recount.extracts import Extracts, last_day
from tests.recount.staff import Staff

SAME = Decimal("0.00011")  # the last decimal that a mart keeps, of two councils together


@dataclass(frozen=True)
class Mart:
    """The key columns of a mart's rows beside council and month, and which columns are counted of which rows."""

    keys: str
    columns: str
    where: str = "true"
    has_partnerships: bool = False


MARTS = {
    "org_unit_month": Mart(
        "scope, scope_id",
        "in_post_fte, in_post_heads, permanent_fte, in_post_graded_fte, starters, starters_fte, leavers, leavers_fte, board_leavers_fte,"
        " establishment_fte, vacancy_fte, unfilled_fte",
    ),
    "movement_month": Mart(
        "scope, scope_id, role_group, movement",
        "headcount, fte",
        "movement in ('opening', 'closing', 'starter', 'qualified_in_post', 'joined_from_service', 'structural_transfer_in', 'leaver',"
        " 'structural_transfer_out')",
        has_partnerships=True,
    ),
    "indicator_value": Mart(
        "scope, scope_id, indicator_id, definition_id",
        "numerator, denominator",
        "indicator_id in ('turnover_rate', 'turnover_rate_headcount', 'absence_rate', 'vacancy_rate') and as_at_month is null",
        has_partnerships=True,
    ),
    "absence_rate_month": Mart(
        "scope, scope_id",
        "in_post_fte, fte_days_lost, long_term_fte_days_lost, short_term_fte_days_lost",
        has_partnerships=True,
    ),
    "workforce_profile": Mart("level, strand, group_name", "people, people_known, people_not_known"),
    "payroll_cost_month": Mart("element", "amount, people_paid, paid_fte"),
    "staff_cost_month": Mart(
        "role_group, employment", "in_post_people, in_post_fte, paid_people, paid_fte, cost", "employment <> 'agency'"
    ),
}


@dataclass(frozen=True)
class Compared:
    """One cell: the count, and the value in the mart, or in the build if the mart hides it. Neither has one if only the mart could."""

    table: str
    column: str
    key: Key
    counted: Decimal
    shown: Decimal | None
    is_hidden: bool

    @property
    def differs(self) -> bool:
        if self.shown is None:
            return self.counted != 0
        return abs(self.shown - self.counted) > SAME

    def __str__(self) -> str:
        where = " ".join(str(part) for part in self.key)
        return f"{self.table}.{self.column} of {where}: {self.shown} in the mart, {self.counted} counted"


def compare(home: Path, councils: Iterable[str]) -> Iterator[Compared]:
    """Every cell of councils and their partnerships in a data root that was generated, built and published."""
    tables = _together([Staff(Extracts(home, council)) for council in councils])
    published, built = (home / "published" / "latest" / "inside" / "workforce.duckdb", home / "build" / "workforce.duckdb")
    with duckdb.connect(str(published), read_only=True) as marts, duckdb.connect(str(built), read_only=True) as build:
        for name, mart in MARTS.items():
            counted, columns = tables[name], mart.columns.split(", ")
            shown = _shown(marts, name, mart, "not_shown is not null")
            whole = _shown(build, name, mart, "false")
            for key in {*shown, *(key for key, cell in counted.items() if any(cell.values()))}:
                is_hidden, values = shown.get(key, (False, [None] * len(columns)))
                if is_hidden:
                    values = [built if value is None else value for value, built in zip(values, whole[key][1], strict=True)]
                for column, value in zip(columns, values, strict=True):
                    yield Compared(name, column, key, counted[key][column], None if value is None else Decimal(value), is_hidden)


def _together(staff: list[Staff]) -> dict[str, Table]:
    """The tables of all councils. If the mart adds them up to partnerships, these are here too."""
    tables: dict[str, Table] = {name: defaultdict(lambda: defaultdict(Decimal)) for name in MARTS}
    for council in staff:
        partnership = council.extracts.partnership_id
        for name, table in recounted(council).items():
            tables[name].update(table)
            for key, cell in table.items() if partnership and MARTS[name].has_partnerships else []:
                is_opened = name != "movement_month" or key[1] > last_day(council.months[0])  # above a council, only months with an opening
                if key[2] == "organisation" and is_opened:
                    for column, value in cell.items():
                        tables[name][None, key[1], "partnership", partnership, *key[4:]][column] += value
    return tables


def _shown(marts: duckdb.DuckDBPyConnection, name: str, mart: Mart, is_hidden: str) -> dict[Key, tuple[bool, list[Any]]]:
    """Rows of a mart. Rows that differ only in other columns are added up."""
    sums = ", ".join(f"sum({column})" for column in mart.columns.split(", "))
    of_councils = "organisation_id is not null" + (" or scope = 'partnership'" if mart.has_partnerships else "")
    rows = marts.execute(
        f"select organisation_id, month_end, {mart.keys}, bool_or({is_hidden}), {sums} from marts.{name}"
        f" where ({of_councils}) and {mart.where} group by organisation_id, month_end, {mart.keys}"
    ).fetchall()
    width = 2 + len(mart.keys.split(", "))
    return {tuple(row[:width]): (bool(row[width]), list(row[width + 1 :])) for row in rows}
