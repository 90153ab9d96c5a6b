"""No text that a file brings from elsewhere becomes a formula where a spreadsheet opens it, and whoever writes such a file uses the one rule."""

from __future__ import annotations

import ast
import csv
import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from foundation.for_excel import OPTIONS, as_text, is_like_a_formula, text_format, write_lines, write_row
from warehouse.query import Answer

REPOSITORY = Path(__file__).parents[2]
FORMULAS = [
    '=HYPERLINK("http://example.org";"here")', "=1+1", "+44 1234 567890", "-2+3", "-", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1+1",
    "-1-1", "+cmd|' /C calc'!A0", "1=2\n"[::-1],
]  # fmt: skip
TEXTS = ["North Team", "'already", "a=b", "5-7", "", "team@example.org", "-12.5", "+7", "-1,234,567.8", "-3%"]
# Read with a program's own text files in mind: these write what a spreadsheet would not be given, or what a test reads.
NOT_FOR_READERS = {
    "benchmarks/ingestion_speed.py",  # extracts to measure with
    "ingestion/reading/csv_pieces.py",  # rows on their way to the parser, in memory
    "ingestion/reading/read_csv.py",  # rows on their way to the parser, in memory
    "samples/generate.py",  # made-up extracts and configuration
    "samples/layout.py",
    "samples/published_statistics.py",
    "samples/workbook.py",
}


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_like_a_formula_is_a_text_in_csv_and_in_a_workbook(text: str, tmp_path: Path) -> None:
    assert is_like_a_formula(text)
    Answer(["name", "figure"], [(text, -12.5)]).write_csv(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as opened:
        assert list(csv.reader(opened))[1:] == [["'" + text.replace("\r", "\n"), "-12.5"]]
    (cell, number), styles = cells(tmp_path / "a.xlsx", [text, -12.5])
    assert "<f>" not in cell + number
    assert 's="1"' in cell
    assert 'quotePrefix="1"' in styles
    assert "<v>-12.5</v>" in number


@pytest.mark.parametrize("text", TEXTS)
def test_other_texts_and_numbers_stay_as_they_are(text: str, tmp_path: Path) -> None:
    assert as_text(text) == text
    (cell, *_), _ = cells(tmp_path / "a.xlsx", [text, 1])
    assert 's="1"' not in cell


def test_a_carriage_return_within_a_text_begins_no_row(tmp_path: Path) -> None:
    Answer(["name"], [("north\r=1+1",)]).write_csv(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as opened:
        assert list(csv.reader(opened)) == [["name"], ["north\n=1+1"]]


def test_values_that_are_no_texts_stay_as_they_are(tmp_path: Path) -> None:
    for value in (-1, -2.5, None, True):
        assert as_text(value) is value
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as opened:
        write_lines(opened, [["-1", -1, "=1"]])
    assert (tmp_path / "a.csv").read_text() == "-1,-1,'=1\n"


def cells(path: Path, values: list[object]) -> tuple[list[str], str]:
    """The cells of a row that is written into a workbook, and the workbook's formats, as XML."""
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        write_row(book.add_worksheet(), 0, values, text_format(book))
    with zipfile.ZipFile(path) as packed:
        sheet, styles = (packed.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "styles"))
    return re.findall(r"<c .*?(?:/>|</c>)", sheet, re.DOTALL), styles


def test_whoever_writes_a_file_for_a_spreadsheet_uses_the_rule() -> None:
    """A writer of CSV or of workbooks is found by its call. It imports the rule, and a workbook is opened with its options."""
    seen = set()
    for path in sorted(REPOSITORY.glob("*/**/*.py")):
        name = path.relative_to(REPOSITORY).as_posix()
        if name.startswith(("tests/", "data/", ".")) or name == "foundation/for_excel.py" or name in NOT_FOR_READERS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "foundation.for_excel"
            for alias in node.names
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            called = ast.unparse(call.func)
            if called.endswith(("csv.writer", "DictWriter", "write_excel", "to_excel", "to_csv")) or called == "openpyxl.Workbook":
                assert imported & {"as_text"}, f"{name}: {called}: neutralise texts with foundation.for_excel"
                seen.add(name)
            if called.endswith("xlsxwriter.Workbook"):
                assert [ast.unparse(argument) for argument in call.args][1:] == ["OPTIONS"], (
                    f"{name}: open the workbook with OPTIONS of foundation.for_excel"
                )
                seen.add(name)
    assert seen >= {"alerts/digest_page.py", "contracts/contract_workbook.py", "expectations/engine/council_decisions.py"}
