"""Facts of a workbook beside its values are used: how numbers are shown, from when days count, what is merged and what is hidden."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.conforming.conform import Conformed
from ingestion.mapping.mapping_model import PeriodColumn
from ingestion.reading.extract_months import read_months
from ingestion.reading.xls_facts import xls_facts
from tests.ingestion.books import HEADER, accepted, ods, ods_number, ods_row, ods_text, person, staff, xlsx
from tests.ingestion.old_books import xls

HOURS = "{hours: FTE, standard_hours: 37}"


def values(conformed: Conformed, column: str) -> list[object]:
    assert not conformed.rows_rejected, conformed.rejected["message"].to_list()
    return conformed.accepted[column].to_list()


def rewritten(content: bytes, change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook with one of its parts rewritten."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(written, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            after.writestr(name, change(text.decode()).encode() if name == part else text)
    return written.getvalue()


@pytest.mark.parametrize(("from_1904", "serial"), [(False, 43556), (True, 42094)])
def test_day_numbers_count_from_the_day_from_which_the_workbook_counts(tmp_path: Path, from_1904: bool, serial: int) -> None:
    rows = [person(1, Start=serial), person(2, Start=(serial, "dd/mm/yyyy")), person(3, Start=serial + 0.5), person(4)]
    found = accepted(xlsx(rows, from_1904=from_1904), staff(tmp_path))
    assert values(found, "start_date") == [date(2019, 4, 1)] * 4


def test_the_months_of_a_workbook_that_counts_from_1904_are_its_own(tmp_path: Path) -> None:
    mapping = replace(staff(tmp_path), period=PeriodColumn("End", (), excel_serials=True), excel_serials=False)
    rows = [person(1, End=42094), person(2, End=42130)]
    assert list(read_months(xlsx(rows, from_1904=True), mapping, None).tables) == ["2019-04", "2019-05"]


def test_a_number_that_is_shown_with_zeros_is_the_code_that_is_seen(tmp_path: Path) -> None:
    rows = [
        person(1),
        person(2, **{"Emp No": (102, "00000")}),
        person(3, **{"Emp No": (103, '"00"000')}),
        person(4, **{"Emp No": (4, "00-000")}),
        person(5, **{"Emp No": (1, '[=1]"Agency";00000')}),
        person(6, **{"Emp No": ("7", "00000")}),
        person(7, **{"Emp No": ("8", '0;0;0;"E"@')}),
        person(8, **{"Emp No": (10234, "#,##0")}),
    ]
    found = accepted(xlsx(rows), staff(tmp_path))
    assert values(found, "person_id") == ["00101", "00102", "00103", "00-004", "Agency", "7", "E8", "10234"]


def test_a_number_column_has_its_numbers_in_full_however_they_are_shown(tmp_path: Path) -> None:
    shown = ["0", "0.0", "00.0", '0.0" FTE"', "00000", "0%", "#,##0,", '[=0.6]"Part time";0', "_-* #,##0.0_-"]
    rows = [person(nth, FTE=(0.6, code)) for nth, code in enumerate(shown)]
    assert values(accepted(xlsx(rows), staff(tmp_path)), "fte") == [Decimal("0.6")] * len(shown)


def test_hours_and_minutes_are_hours(tmp_path: Path) -> None:
    codes = [("[h]:mm", 37), ("h:mm", 18.5), ("[hh]:mm:ss", 22.2), ("[mm]:ss", 3.7), ("h:mm AM/PM", 37)]
    rows = [person(nth, FTE=(hours / 24, code)) for nth, (code, hours) in enumerate(codes)]
    for from_1904 in (False, True):
        found = accepted(xlsx(rows, from_1904=from_1904), staff(tmp_path, fte=HOURS))
        assert values(found, "fte") == [Decimal(fte) for fte in ("1", "0.5", "0.6", "0.1", "1")]


def test_a_per_cent_of_a_workbook_is_one_where_the_column_asks_for_per_cents(tmp_path: Path) -> None:
    rows = [person(1, FTE=(0.6, "0%")), person(2, FTE=(0.155, "0%"))]
    assert values(accepted(xlsx(rows), staff(tmp_path)), "fte") == [Decimal("0.6"), Decimal("0.155")]
    both = accepted(xlsx([person(1, FTE=(0.6, "0%")), person(2, FTE=1)]), staff(tmp_path, fte="FTE, cost_share_percent: FTE"))
    assert values(both, "cost_share_percent") == [Decimal("60"), Decimal("1")]


def test_a_merged_cell_is_the_text_of_all_its_rows_and_no_other_blank_is(tmp_path: Path) -> None:
    rows = [person(1), *(person(nth, Team=None) for nth in (2, 3, 4)), person(5, Team="T2"), person(6, Team=None)]
    content = xlsx(rows, merged=[(1, 3, 2, 3)])
    for more in ("", "fill_down: [Team]"):
        found = accepted(content, staff(tmp_path, more=more))
        assert found.rejected.select("source_row", "rule", "column").rows() == [(row, "required", "team_id") for row in (4, 5, 7)]
        assert found.accepted["team_id"].to_list() == ["T1", "T1", "T2"]
    plain = accepted(xlsx(rows), staff(tmp_path, more="fill_down: [Team]"))
    assert values(plain, "team_id") == ["T1", "T1", "T1", "T1", "T2", "T2"]


def test_a_number_in_a_merged_cell_is_counted_once_unless_the_mapping_says_otherwise(tmp_path: Path) -> None:
    rows = [person(1, FTE=0.5), person(2, FTE=None)]
    content = xlsx(rows, merged=[(1, 5, 2, 5)])
    assert accepted(content, staff(tmp_path)).accepted["fte"].to_list() == [Decimal("0.5"), None]
    assert accepted(content, staff(tmp_path, more="fill_down: [FTE]")).accepted["fte"].to_list() == [Decimal("0.5")] * 2


def test_what_is_hidden_is_read_and_said_once_with_its_counts(tmp_path: Path) -> None:
    rows = [person(nth) for nth in (1, 2, 3, 4)]
    found = accepted(xlsx(rows, hidden_rows=[2, 3, 40], hidden_columns="C:D"), staff(tmp_path))
    assert values(found, "person_id") == ["00101", "00102", "00103", "00104"]
    (note,) = found.notes
    assert note.code == "hidden_cells"
    assert "read like the rest: 2 rows, 2 columns. " in note.says
    assert not accepted(xlsx(rows, hidden_rows=[0, 40]), staff(tmp_path)).notes


def test_a_table_that_does_not_begin_in_the_first_column_keeps_its_places(tmp_path: Path) -> None:
    rows = [person(1, **{"Emp No": (101, "00000")}), person(2, Team=None)]
    found = accepted(xlsx(rows, merged=[(1, 3, 2, 3)], hidden_columns="A:C", left=2), staff(tmp_path))
    assert found.accepted.select("person_id", "team_id").rows() == [("00101", "T1"), ("00102", "T1")]
    assert [finding.says.partition("rest: ")[2][:9] for finding in found.notes] == ["1 column."]


# How programs other than Excel write the same XML.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "a prefix": lambda text: re.sub(r"<(/?)(?!\?)", r"<\1x:", text).replace("xmlns=", "xmlns:x="),
    "cells without places": lambda text: re.sub(r'<c r="[A-Z]+\d+"', "<c", text),
    "rows without numbers": lambda text: re.sub(r'<row r="\d+"', "<row", re.sub(r'<c r="[A-Z]+\d+"', "<c", text)),
    "another order": lambda text: re.sub(r'<c r="(\w+)" s="(\d+)"', r'<c s="\2" r="\1"', text),
    "other quotation marks": lambda text: re.sub(r"<(c|row|mergeCell) ([^>]*)>", lambda tag: tag[0].replace('"', "'"), text),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_is_known_does_not_depend_on_how_the_xml_is_spelled(tmp_path: Path, spelling: str) -> None:
    # No cell is left out, so that cells without places can be counted.
    rows = [person(1, **{"Emp No": (101, "00000"), "End": (0.5, "0%")}), person(2, **{"Emp No": (102, "00000"), "End": "x"})]
    content = rewritten(xlsx(rows, merged=[(1, 3, 2, 3)], hidden_rows=[2]), SPELLINGS[spelling])
    found = accepted(content, staff(tmp_path))
    assert found.rejected["rule"].to_list() == ["not_a_date", "not_a_date"]
    kept = [json.loads(row_text) for row_text in found.rejected["row_text"].to_list()]
    assert [(row_text["Emp No"], row_text["Team"], row_text["End"]) for row_text in kept] == [("00101", "T1", "50%"), ("00102", "T1", "x")]
    assert [finding.code for finding in found.notes] == ["hidden_cells"]


def test_an_open_document_says_what_a_person_sees(tmp_path: Path) -> None:
    rows = [
        ods_row(1, **{"Emp No": ods_number("101", "00101"), "FTE": ods_number("PT37H00M00S", "37:00", "time", "time-value")}),
        ods_row(2, FTE=ods_number("PT18H30M00S", "18:30", "time", "time-value"), Team=ods_text("T2", 'table:number-rows-spanned="2"')),
        ods_row(3, FTE=ods_number("22.2", "22"), Team="<table:covered-table-cell/>"),
        ods_row(4, FTE=ods_number("0.5", "50%", "percentage"), Start=ods_number("42094", "42094")),
    ]
    hidden = f'<table:table-row table:visibility="filter">{"".join(ods_row(5))}</table:table-row>'
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    settings = '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    found = accepted(ods([*rows, hidden], columns, settings), staff(tmp_path, "ods", fte=HOURS))
    assert values(found, "person_id") == ["00101", "00102", "00103", "00104", "00105"]
    assert values(found, "team_id") == ["T1", "T2", "T2", "T1", "T1"]
    assert values(found, "fte")[:3] == [Decimal("1"), Decimal("0.5"), Decimal("0.6")]
    assert values(found, "start_date") == [date(2019, 4, 1)] * 5
    assert [finding.says.partition("rest: ")[2][:15] for finding in found.notes] == ["1 row, 1 column"]


def test_a_workbook_whose_facts_cannot_be_read_is_read_and_it_is_said(tmp_path: Path) -> None:
    content = rewritten(xlsx([person(1)]), lambda text: text.replace("numFmtId=", 'numFmtId="x" was='), "xl/styles.xml")
    found = accepted(content, staff(tmp_path))
    assert values(found, "person_id") == ["00101"]
    assert [finding.code for finding in found.notes] == ["layout_unknown"]


def test_an_old_workbook_says_the_same(tmp_path: Path) -> None:
    rows = [
        person(1, **{"Emp No": (101, "00000"), "FTE": (0.6, "0%")}),
        person(2, **{"Emp No": ("102", '0;0;0;"E"@'), "FTE": (1, "0.0")}),
        person(3, **{"Emp No": ("103", "00000"), "FTE": (1, '[=1]"Full";0.0')}),
    ]
    found = accepted(xls([HEADER, *rows], hidden_rows=[2], hidden_columns=[1, 4], sheet_state=1), staff(tmp_path, "xls"))
    assert values(found, "person_id") == ["00101", "E102", "103"]
    assert values(found, "fte") == [Decimal("0.6"), Decimal(1), Decimal(1)]
    assert [finding.says.partition("rest: ")[2].partition(". ")[0] for finding in found.notes] == ["1 row, 2 columns, 1 sheet"]


@settings(max_examples=150, deadline=None)
@given(places=st.lists(st.tuples(st.integers(0, 5_999), st.integers(0, 255)), max_size=6), length=st.integers(0, 6_000))
def test_a_damaged_old_workbook_never_stops_the_reading_of_its_facts(places: list[tuple[int, int]], length: int) -> None:
    content = bytearray(xls([HEADER, person(1)], merged=[(1, 3, 2, 3)], hidden_rows=[1]))
    for place, byte in places:
        content[place % len(content)] = byte
    with suppress(ValueError):
        assert xls_facts(bytes(content[: max(length, len(content) // 2)]), lambda _: True).sheets is not None
