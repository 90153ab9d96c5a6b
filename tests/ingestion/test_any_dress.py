"""A random table, written in any way that a mapping can describe, gives the same rows again."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import contract
from ingestion.conforming.compiled_mapping import compile_mapping
from ingestion.conforming.conform import conform
from ingestion.mapping import read_mapping
from ingestion.reading.extract_table import read

SOURCE = "training"
DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d.%m.%y", "%d/%m/%Y 0:00")
HEADERS = {"person_id": "Staff ID", "course_id": "Course", "recorded_date": "Completed  On"}
LETTERS = "abcdefghijXYZ 0123456789-£é"
Row = tuple[str, str, date]


def identifiers(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=1, max_size=12).map(str.strip).filter(lambda text: text not in ("", "Total", "N/A"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dress")


def text_of(rows: list[list[str]], dress: dict[str, Any]) -> bytes:
    written = io.StringIO()
    quoting = csv.QUOTE_ALL if dress["quoted"] else csv.QUOTE_MINIMAL
    writer = csv.writer(written, delimiter=dress["delimiter"], lineterminator=dress["end"], quoting=quoting)
    for row in rows:
        writer.writerow(row)
    return written.getvalue().encode(dress["written"])


def workbook_of(rows: list[list[str]], days: dict[tuple[int, int], date]) -> bytes:
    """A workbook of texts, with real dates in the places of `days`."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    book.add_worksheet("Pivot").write(3, 1, "Row Labels")
    page, day = book.add_worksheet("Data"), book.add_format({"num_format": "dd/mm/yyyy"})
    for place, row in enumerate(rows):
        for at, cell in enumerate(row):
            if (place, at) in days:
                page.write_datetime(place, at, days[place, at], day)
            elif cell:
                page.write_string(place, at, cell)
    book.close()
    return written.getvalue()


dresses = st.fixed_dictionaries(
    {
        "form": st.sampled_from(["csv", "xlsx"]),
        "encoding": st.sampled_from([("utf-8", "utf-8"), ("utf-8", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")]),
        "delimiter": st.sampled_from([",", ";", "\t", "|"]),
        "end": st.sampled_from(["\n", "\r\n", "\r"]),
        "quoted": st.booleans(),
        "titles": st.lists(st.sampled_from([[], ["Report"], ["Run by", "HR"], ["", "", "Confidential"]]), max_size=8),
        "order": st.permutations(range(4)),
        "two_rows": st.booleans(),
        "dates": st.sampled_from(DATES),
        "blank": st.lists(st.integers(0, 12), max_size=3),
        "total": st.booleans(),
        "zipped": st.booleans(),
        "spaces": st.booleans(),
    }
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(identifiers(LETTERS), identifiers(LETTERS), st.dates(date(1970, 1, 1), date(2068, 1, 1))), min_size=1, max_size=12
    ),
    dress=dresses,
)
def test_a_table_in_any_dress_reads_back_as_the_same_rows(folder: Path, rows: list[Row], dress: dict[str, Any]) -> None:
    named, dress["written"] = dress["encoding"]
    is_text = dress["form"] == "csv"
    header = [*HEADERS.values(), "Location"]
    table, days = [], {}
    for person, course, day in rows:
        table.append([person, course, day.strftime(dress["dates"]), "Ely"])
    for place in sorted(dress["blank"]):
        table.insert(min(place, len(table)), ["", " " if is_text else "", "", ""])
    if dress["total"]:
        table.append(["Total", "", "", "12"])
    above = [*dress["titles"], ["Training", "", "", ""]] if dress["two_rows"] else dress["titles"]
    top = [[row[at] if at < len(row) else "" for at in range(4)] if dress["two_rows"] and row is above[-1] else row for row in above]
    shown = [*top, [header[at] for at in dress["order"]], *([row[at] for at in dress["order"]] for row in table)]
    if dress["two_rows"]:
        shown[len(top) - 1] = ["" for _ in header]
    if dress["spaces"]:
        shown = [[f" {cell}  " if cell else cell for cell in row] for row in shown]
    if not is_text:
        by_text = {day.strftime(dress["dates"]): day for _, _, day in rows}
        days = {
            (place, at): by_text[cell.strip()] for place, row in enumerate(shown) for at, cell in enumerate(row) if cell.strip() in by_text
        }
    content = text_of(shown, dress) if is_text else workbook_of(shown, days)
    if dress["zipped"]:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"folder/x.{dress['form']}", content)
        content = packed.getvalue()
    sign = {"\t": "tab"}.get(dress["delimiter"], dress["delimiter"])
    form = f"format: csv, encoding: {named}, delimiter: '{sign}'" if is_text else "format: xlsx"
    extra = ", header_rows: 2" if dress["two_rows"] else ""
    totals = ", totals: {column: Staff ID, equals: Total}"
    path = folder / "training.yaml"
    path.write_text(
        f"source: {SOURCE}\nfile: {{pattern: '(?P<period>.*)', {form}{extra}{totals}}}\n"
        f"columns: {{{', '.join(f'{name}: {header}' for name, header in HEADERS.items())}}}\n"
        f'dates: "{dress["dates"].replace("0:00", "%H:%M")}"\ntwo_digit_years_from: 1969\nignore: [Location]\nconstants: {{outcome: completed, delivery: classroom}}\n',
        encoding="utf-8",
    )
    mapping = read_mapping(path, contract(SOURCE))
    compiled = compile_mapping(contract(SOURCE), mapping, "events")
    result = conform(read(content, mapping), compiled)
    seen = result.accepted.select("person_id", "course_id", "recorded_date").rows()
    assert seen == list(dict.fromkeys(rows))
    assert result.rows_rejected == len(rows) - len(seen)
    assert result.rows_read == result.accepted.height + result.rows_rejected + result.rows_left_out
    assert not [finding for finding in result.notes if finding.code != "formula_text"]
