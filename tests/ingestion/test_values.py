"""Dates, numbers and identifiers as people and spreadsheets write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from contracts import contract
from foundation.configuration import ConfigurationError
from ingestion.conforming.compiled_mapping import compile_mapping
from ingestion.conforming.conform import Conformed, conform
from ingestion.mapping import read_mapping
from ingestion.reading.extract_table import read
from ingestion.reading.text_values import number_of
from tests.ingestion.dress import caseload, separated, workbook
from tests.ingestion.testshire import STAFF_MAPPING, SendingCouncil, staff_row

ABSENCE = r"""
source: payroll
file: {{pattern: '(?P<period>.*)', format: csv, delimiter: ';'}}
columns: {{person_id: Employee, element: Element, amount: Amount}}
codes: {{element: {{BASIC: basic_pay}}}}
{more}
"""


def paid(folder: Path, *amounts: str, more: str = "") -> Conformed:
    """The results for rows with these amounts."""
    path = folder / "payroll.yaml"
    path.write_text(ABSENCE.format(more=more))
    mapping = read_mapping(path, contract("payroll"))
    rows = [["Employee", "Element", "Amount"], *([str(at), "BASIC", amount] for at, amount in enumerate(amounts))]
    return conform(read(separated(rows, ";").encode(), mapping), compile_mapping(contract("payroll"), mapping, "events"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("£12", "12"),
        ("-£1,000", "-1000"),
        ("£-5", "-5"),
        ("£ 5.10", "5.10"),
        ("(12.50)", "-12.50"),
        ("12.50-", "-12.50"),
        ("60%", "0.6"),
        ("66.67 %", "0.6667"),
        ("1.5E+03", "1500"),
        ("+.5", "0.5"),
        ("12.", "12"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, number: str) -> None:
    assert number_of(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["1,23", "12,34.5", "1.234,50", "0,6", "£", "", ".", "-", "--5", "(5", "1 234", "nan", "12h", "5 6", "$5", "1e9999"]
)
def test_what_may_mean_two_numbers_or_none_is_no_number(text: str) -> None:
    assert number_of(text) is None or text == "1e9999"


def test_amounts_in_every_dress_become_the_same_decimals(tmp_path: Path) -> None:
    result = paid(tmp_path, "1,234.50", "£1234.5", "1234.50", "(1.25)", "1,23", "1e9999", "1.005")
    assert [str(amount) for amount in result.accepted["amount"]] == ["1234.50", "1234.50", "1234.50", "-1.25", "1.00"]
    assert result.rejected.select("source_row", "rule").rows() == [(6, "not_a_number"), (7, "not_a_number")]


def test_a_per_cent_is_a_fraction_unless_the_mapping_says_number(tmp_path: Path) -> None:
    assert paid(tmp_path, "50%").accepted["amount"].to_list() == [Decimal("0.50")]
    assert paid(tmp_path, "50%", more="per_cent: number").accepted["amount"].to_list() == [Decimal("50.00")]


def test_texts_that_mean_nothing_are_empty_by_the_mappings_list(tmp_path: Path) -> None:
    columns = "{person_id: Worker, agency_worker_id: Agency Ref, cases: Cases}"
    mapping = caseload(tmp_path, columns=columns, more="missing: [N/D, '-', n/a]")
    compiled = compile_mapping(contract("caseload"), mapping, "snapshot")
    result = conform(read(b"Worker,Agency Ref,Cases\n1,N/D,12.0\n-, A1 ,2\n3, n/a,3\n4,N/A,3\n", mapping), compiled)
    assert result.accepted.select("person_id", "agency_worker_id", "cases").rows() == [("1", None, 12), (None, "A1", 2), ("3", None, 3)]
    assert result.rejected["source_row"].unique().to_list() == [5]


def staff(council: SendingCouncil, old: str, new: str, *rows: str) -> pl.DataFrame:
    council.mapping("hr_assignments", STAFF_MAPPING.replace(old, new))
    council.staff("staff_2024-09.csv", *rows)
    council.land()
    return council.raw()


def test_several_date_formats_are_read_and_their_order_is_never_guessed(council: SendingCouncil) -> None:
    new = 'dates: ["%d/%m/%Y", "%d-%b-%y", "%d/%m/%Y %H:%M", "%Y-%m-%d"]\ntwo_digit_years_from: 1940'
    starts = ["01/04/2020", "1/4/2020", "01-Apr-20", "01/04/2020 0:00", "2020-04-01", "04/13/2020"]
    raw = staff(council, 'dates: "%d/%m/%Y"', new, *(staff_row(str(at), str(at), start=start) for at, start in enumerate(starts)))
    assert raw["start_date"].to_list() == [date(2020, 4, 1)] * 5
    (message,) = council.rejected()["message"]
    assert "must be a date like %d/%m/%Y or %d-%b-%y or" in message


def test_a_mapping_with_the_day_first_and_the_month_first_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the day first and with the month first; which is meant is never guessed"):
        caseload(tmp_path, more='dates: ["%d/%m/%Y", "%m/%d/%Y"]')


def test_day_numbers_of_excel_are_dates_only_where_the_mapping_says_so(council: SendingCouncil) -> None:
    rows = [staff_row("1", "1", start="43922"), staff_row("2", "2", start="43922.5"), staff_row("3", "3")]
    assert staff(council, 'dates: "%d/%m/%Y"', 'dates: ["%d/%m/%Y", excel serial]', *rows)["start_date"].to_list() == [date(2020, 4, 1)] * 3


def test_day_numbers_without_that_are_rejected(council: SendingCouncil) -> None:
    staff(council, "x", "x", staff_row("1", "1", start="43922"), staff_row("3", "3"))
    assert council.rejected().select("source_row", "rule").rows() == [(2, "not_a_date")]


def test_dates_that_mean_none_are_empty(council: SendingCouncil) -> None:
    no_date = 'dates: ["%d/%m/%Y"]\nno_date: [01/01/1900, 31/12/4712, 9999-12-31]'
    ends = ["31/12/4712", "01/01/1900", "1/1/1900", "31/12/9999", "30/09/2024"]
    raw = staff(council, 'dates: "%d/%m/%Y"', no_date, *(staff_row(str(at), str(at), end=end) for at, end in enumerate(ends)))
    assert raw["end_date"].to_list() == [None] * 4 + [date(2024, 9, 30)]


@pytest.mark.parametrize("number", ["1.23E+08", "1.23457E+11", "1E+09", "1.2345678901234567e+19"])
def test_an_identifier_that_a_spreadsheet_shortened_is_rejected_because_its_digits_are_gone(council: SendingCouncil, number: str) -> None:
    council.staff("staff_2024-09.csv", staff_row("00123", "00123-1"), staff_row(number, "2"))
    council.land()
    (reason,) = council.rejected().rows(named=True)
    assert (reason["rule"], reason["column"]) == ("digits_gone", "person_id")
    assert (
        "'Employee' was shortened by a spreadsheet, to a power of ten like 1.23E+08 or to fifteen digits: the digits are gone"
        in reason["message"]
    )
    assert council.identity()["person_id"].to_list() == ["00123"]


def test_an_identifier_with_an_e_in_it_is_kept(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row("12E5", "1"), staff_row("0012E", "2"))
    council.land()
    assert council.identity()["person_id"].to_list() == ["12E5", "0012E"]


def test_text_that_looks_like_a_formula_is_kept_as_text_and_noted(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row(team="=2+3"), staff_row("2", "2", team="@x"))
    report = council.land()
    assert council.raw()["team_id"].to_list() == ["=2+3", "@x"]
    (note,) = [problem for problem in report.problems if problem.code == "formula_text"]
    assert (note.row, note.column) == (2, "Team")
    assert "=2+3" not in note.message


def test_a_total_that_does_not_agree_with_the_rows_is_reported(tmp_path: Path) -> None:
    totals = "format: csv, totals: {column: Worker, matches: '(Sub)?[Tt]otal.*'}"
    mapping = caseload(tmp_path, totals)
    compiled = compile_mapping(contract("caseload"), mapping, "snapshot")

    def notes(*rows: str) -> list[tuple[int | None, str | None]]:
        content = "\n".join(["Worker,Agency Ref,Cases", *rows]).encode()
        return [
            (finding.row, finding.column)
            for finding in conform(read(content, mapping), compiled).notes
            if finding.code == "total_disagrees"
        ]

    assert notes("1,,3", "2,,4", "Total,,7") == []
    assert notes("1,,3", "2,,4", "Total,,8") == [(4, "Cases")]
    assert notes("1,,3", "Subtotal A,,3", "2,,4", "Subtotal B,,4", "Total,,7") == []
    assert notes("1,,3", "Subtotal A,,3", "2,,4", "Subtotal B,,5", "Total,,9") == [(5, "Cases"), (6, "Cases")]
    assert notes("1,,3", "2,,many", 'Total of 2,,"1,003"') == [(4, "Cases")]
    assert notes("1,,3", "Total,,n/a") == []


def test_a_total_of_rounded_values_may_be_off_by_the_rounding(tmp_path: Path) -> None:
    more = "missing: [x]"
    path = tmp_path / "payroll.yaml"
    path.write_text(ABSENCE.format(more=more).replace("delimiter: ';'", "delimiter: ';', totals: {column: Employee, equals: [Total, Sum]}"))
    mapping = read_mapping(path, contract("payroll"))
    compiled = compile_mapping(contract("payroll"), mapping, "events")

    def agrees(total: str) -> bool:
        rows = [["Employee", "Element", "Amount"], *([str(at), "BASIC", "0.33"] for at in range(3)), ["Sum", "", total]]
        return not conform(read(separated(rows, ";").encode(), mapping), compiled).notes

    assert [agrees(fte) for fte in ("0.99", "1.00", "1", "1.20", "5")] == [True, True, True, False, False]


def test_a_workbooks_identifiers_keep_their_leading_zeros(tmp_path: Path) -> None:
    rows: list[list[str | None]] = [["Worker", "Agency Ref", "Cases"], ["00012", None, "3"]]
    assert read(workbook(rows), caseload(tmp_path, "format: xlsx")).whole().rows["Worker"].to_list() == ["00012"]


def test_yes_and_no_are_read_in_every_spelling_that_the_mapping_lists_and_in_no_other(council: SendingCouncil) -> None:
    spelled = STAFF_MAPPING.replace("yes: [Y]", "yes: [Y, 'yes', 'TRUE', '1', X]").replace("no: [N]", "no: [N, 'no', '0', '-']")
    council.mapping("hr_assignments", spelled)
    said = ["Y", "yes", "TRUE", "1", "X", "N", "no", "0", "-", "true", "Yes"]
    council.staff("staff_2024-09.csv", *(staff_row(str(at), str(at), registered=says) for at, says in enumerate(said)))
    council.land()
    assert council.raw()["registered_social_worker"].to_list() == [True] * 5 + [False] * 4
    assert council.rejected()["rule"].to_list() == ["not_yes_or_no"] * 2
