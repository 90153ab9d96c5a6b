"""An extract of Peterborough's sample in which a fault is planted: the table of a month, as its system wrote it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

COUNCIL = "peterborough"
FILES = {
    "hr_assignments": "PCC_Staff_In_Post_{period}",
    "establishment": "PCC_Establishment_{period}",
    "agency": "PCC_Agency_Bookings_{period}",
    "absence": "PCC_Absence_{period}",
    "caseload": "PCC_LCS_Caseload_{period}",
    "training": "PCC_Learning_Attempts_{period}",
    "survey": "PCC_SW_Health_Check_{period}",
    "payroll": "PCC_Payroll_{period}",
    "agency_invoices": "PCC_Agency_Invoices_{period}",
}
AS_AT = {
    "hr_assignments": "AS_AT",
    "establishment": "AS_AT",
    "agency": "Extract Date",
    "absence": "AS_AT",
    "caseload": "Report Date",
    "training": "Report Date",
    "survey": "Closing Month End",
    "payroll": "PERIOD_END",
}
Row = dict[str, str]


def any_row(_: Row) -> bool:
    """Whatever the row."""
    return True


@dataclass
class Extract:
    """The rows of a month's extract, those of the month before, and a source of random choices."""

    source: str
    rows: list[Row]
    before: list[Row]
    random: Random

    def some(self, share: float, where: Callable[[Row], bool] = any_row) -> list[Row]:
        """A share of the rows that meet a condition, at least one."""
        able = [row for row in self.rows if where(row)]
        return self.random.sample(able, max(1, round(len(able) * share)))

    def one(self, where: Callable[[Row], bool] = any_row) -> Row:
        return self.random.choice([row for row in self.rows if where(row)])

    def drop(self, rows: list[Row]) -> None:
        gone = {id(row) for row in rows}
        self.rows = [row for row in self.rows if id(row) not in gone]

    def again(self, row: Row, **changed: str) -> None:
        """Add a copy of a row, with some columns changed."""
        self.rows.append(row | changed)

    def all_of_the_month_before(self) -> None:
        """Last month's rows, run with this month's date."""
        as_at = AS_AT[self.source]
        date = self.rows[0][as_at]
        self.rows = [row | {as_at: date} for row in self.before]

    def content(self) -> bytes:
        return written(self.rows, list(self.before[0]))


@dataclass(frozen=True)
class Fault:
    """A kind of fault: what happened, its size, and what it does to figures if nobody notices.

    `worth`: `held` if figures of the month cannot be used, `reported` if somebody has to correct rows. `plant` changes the extract,
    and `spoil` changes its bytes. `told_by`: the sources whose owner must hear of it, if that is not the fault's own source. An
    alert of another source does not show that the fault was found.
    """

    name: str
    source: str
    size: str
    worth: str
    plant: Callable[[Extract], None] | None = None
    spoil: Callable[[bytes, bytes], bytes] | None = None
    told_by: tuple[str, ...] = ()

    @property
    def must_tell(self) -> tuple[str, ...]:
        return self.told_by or (self.source,)


def file_of(source: str, period: str) -> str:
    return FILES[source].format(period=period) + ".csv"


def read(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def written(rows: list[Row], header: list[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
