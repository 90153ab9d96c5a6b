"""A random table of staff gives the same rows from every workbook.

It does not matter what its dates count from, what its codes look like or what its cells merge.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingestion.books import HEADER, accepted, ods, ods_number, ods_text, staff, xlsx
from tests.ingestion.dress import separated
from tests.ingestion.old_books import xls

HOURS = "{hours: FTE, standard_hours: 37}, contracted_hours: FTE"
ZERO, ZERO_OF_1904 = date(1899, 12, 30), date(1904, 1, 1)
Row = tuple[int, str, int, date]
Merge = tuple[int, int, int, int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("book")


def runs(rows: list[Row]) -> list[Merge]:
    """The team cells that a report merges: those of the same team in adjoining rows."""
    found: list[Merge] = []
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at][1] != rows[start][1]:
            if at - start > 1:
                found.append((start + 1, 3, at, 3))
            start = at
    return found


def cells(nth: int, row: Row, dress: dict[str, Any]) -> list[Any]:
    """A row of a workbook: texts, numbers, and numbers with their formats."""
    number, team, minutes, day = row
    serial = (day - (ZERO_OF_1904 if dress["from_1904"] else ZERO)).days
    started = {"text": f"{day:%d/%m/%Y}", "serial": serial, "date": (serial, "dd/mm/yyyy")}[dress["days"]]
    person = f"{number:05d}" if dress["codes"] == "text" else (number, dress["codes"])
    hours = (minutes / 1440, dress["hours"]) if dress["hours"] != "number" else minutes / 60
    return [person, f"{nth}-1", f"P{nth}", team, "Social Worker", hours, started, None]


def as_ods(nth: int, row: Row, dress: dict[str, Any], merged: list[Merge]) -> list[str]:
    number, team, minutes, day = row
    seen = f"{minutes // 60}:{minutes % 60:02d}"
    hours = ods_number(f"PT{minutes // 60}H{minutes % 60}M0S", seen, "time", "time-value")
    serial = (day - (ZERO_OF_1904 if dress["from_1904"] else ZERO)).days
    started = {
        "text": ods_text(f"{day:%d/%m/%Y}"),
        "serial": ods_number(str(serial), str(serial)),
        "date": ods_number(day.isoformat(), f"{day:%d/%m/%Y}", "date", "date-value"),
    }[dress["days"]]
    person = ods_text(f"{number:05d}") if dress["codes"] == "text" else ods_number(str(number), f"{number:05d}")
    run = next((area for area in merged if area[0] <= nth + 1 <= area[2]), None)
    of_team = ods_text(team)
    if run:
        covered = "<table:covered-table-cell/>"
        of_team = ods_text(team, f'table:number-rows-spanned="{run[2] - run[0] + 1}"') if run[0] == nth + 1 else covered
    shown = hours if dress["hours"] != "number" else ods_number(repr(minutes / 60), f"{minutes / 60:.1f}")
    return [person, ods_text(f"{nth}-1"), ods_text(f"P{nth}"), of_team, ods_text("Social Worker"), shown, started]


def written(rows: list[Row], dress: dict[str, Any]) -> bytes:
    if dress["form"] == "csv":
        lines = [cells(nth, row, dress | {"codes": "text", "days": "text"}) for nth, row in enumerate(rows)]
        for line, row in zip(lines, rows, strict=True):
            line[5] = f"{row[2] // 60}:{row[2] % 60:02d}" if dress["hours"] != "number" else repr(row[2] / 60)
        return separated([list(HEADER), *lines]).encode()
    merged = runs(rows) if dress["merged"] else []
    if dress["form"] == "ods":
        start = '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
        return ods([as_ods(nth, row, dress, merged) for nth, row in enumerate(rows)], start=start if dress["from_1904"] else "")
    lines = [cells(nth, row, dress) for nth, row in enumerate(rows)]
    for first, _, last, _ in merged:
        for at in range(first, last):
            lines[at][3] = None
    if dress["form"] == "xls":
        return xls([HEADER, *lines], merged, dress["hidden"], from_1904=dress["from_1904"])
    return xlsx(lines, merged, dress["hidden"], from_1904=dress["from_1904"], left=dress["left"])


dresses = st.fixed_dictionaries(
    {
        "form": st.sampled_from(["xlsx", "xls", "ods", "csv"]),
        "from_1904": st.booleans(),
        "codes": st.sampled_from(["text", "00000", "[Red]00000", "00000;-00000;00000;@"]),
        "days": st.sampled_from(["text", "serial", "date"]),
        "hours": st.sampled_from(["number", "[h]:mm", "[hh]:mm:ss", "h:mm"]),
        "merged": st.booleans(),
        "hidden": st.lists(st.integers(1, 9), max_size=3),
        "left": st.integers(0, 30),
    }
)
people = st.tuples(
    st.integers(1, 99_999),
    st.sampled_from(["T1", "T2"]),
    st.integers(20, 740).map(lambda text: text * 3),
    st.dates(date(1940, 1, 1), date(2040, 12, 31)),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(people, min_size=1, max_size=8), dress=dresses)
def test_a_table_reads_alike_in_every_workbook(folder: Path, rows: list[Row], dress: dict[str, Any]) -> None:
    found = accepted(written(rows, dress), staff(folder, dress["form"], fte=HOURS))
    assert not found.rows_rejected, found.rejected["message"].to_list()
    read = found.accepted.select("person_id", "team_id", "contracted_hours", "start_date").rows()
    expected = [(f"{number:05d}", team, Decimal(minutes) / 60, day) for number, team, minutes, day in rows]
    assert read == [(person, team, round(hours, 2), day) for person, team, hours, day in expected]
    hidden = {hidden for hidden in dress["hidden"] if hidden <= len(rows)} if dress["form"] in ("xlsx", "xls") else set()
    assert [finding.says.partition("rest: ")[2].split(" ")[0] for finding in found.notes if finding.code == "hidden_cells"] == (
        [str(len(hidden))] if hidden else []
    )
    assert not [finding for finding in found.notes if finding.code == "layout_unknown"]
