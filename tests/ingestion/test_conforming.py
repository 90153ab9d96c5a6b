"""What becomes of each row: accepted, rejected with its number, rule and reason, or left out by rule."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import contract
from ingestion.conforming import conform as conforming
from ingestion.conforming import distinct_texts
from ingestion.conforming.compiled_mapping import CompiledMapping, compile_mapping
from ingestion.conforming.conform import Conformed, conform
from ingestion.mapping import Mapping, read_mapping
from ingestion.reading.extract_table import read
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row

PAYROLL_MAPPING = r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Employee, name: Name, element: Element, amount: Amount}
codes: {element: {BASIC: basic_pay, OT15: overtime}}
"""


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping, CompiledMapping]:
    path: Path = tmp_path_factory.mktemp("mapping") / "hr_assignments.yaml"
    path.write_text(STAFF_MAPPING)
    mapping = read_mapping(path, contract("hr_assignments"))
    return mapping, compile_mapping(contract("hr_assignments"), mapping, "snapshot")


def conformed(staff: tuple[Mapping, CompiledMapping], *rows: str) -> Conformed:
    mapping, compiled = staff
    return conform(read("\n".join([STAFF_HEADER, *rows]).encode(), mapping), compiled)


@pytest.mark.parametrize(
    ("field", "text", "rule", "column", "says"),
    [
        ("employee", "", "required", "person_id", "'Employee' is empty, and is needed. The employee number"),
        ("post", " ", "required", "post_id", "'Post' is empty, and is needed"),
        ("job", "Wizard", "job_role_known", "job_role", "'Job' has a value that is not listed in the mapping's codes. "),
        ("job", "social_worker", "job_role_known", "job_role", "mapping's codes. "),
        ("job", "Social\u00adWorker", "job_role_known", "job_role", "codes: it holds U+00AD (soft hyphen). "),
        ("registered", "Maybe", "not_yes_or_no", "registered_social_worker", "'Registered' must be 'Y' or 'N'. "),
        ("fte", "1.2", "fte_in_range", "fte", "FTE must not be below 0 or above 1. Fix: Position screen, Contracted hours"),
        ("fte", "-0.1", "fte_in_range", "fte", "FTE must not be below 0"),
        ("fte", "full", "not_a_number", "fte", "'FTE' must be a number of at most 99,999, written with digits and a point. "),
        ("fte", "nan", "not_a_number", "fte", "with digits and a point. Fix"),
        ("fte", "123456", "not_a_number", "fte", "with digits and a point: it is written like 999999. Fix"),
        ("fte", "18:30", "not_a_number", "fte", "with digits and a point: it is written like 99:99. Fix"),
        ("fte", "0\u200b.6", "not_a_number", "fte", "with digits and a point: it holds U+200B (zero width space). Fix"),
        ("fte", "0 Jane 6", "not_a_number", "fte", "with digits and a point. Fix"),
        (
            "start",
            "2020-04-01",
            "not_a_date",
            "start_date",
            "'Start' must be a date like %d/%m/%Y, 1900 to 2199: it is written like 9999-99-99. ",
        ),
        ("start", "31/02/2020", "not_a_date", "start_date", "it is written like 99/99/9999"),
        ("start", "1st April 2019", "not_a_date", "start_date", "it is written like 9AA AAAAA 9999"),
        ("end", "31/12/4712", "not_a_date", "end_date", "it is written like 99/99/9999"),
        ("post", "#N/A", "unreadable_text", "post_id", "'Post' holds a line break or an error of the spreadsheet"),
        ("post", '"P\n1"', "unreadable_text", "post_id", "'Post' holds a line break or an error of the spreadsheet"),
    ],
)
def test_a_broken_row_is_rejected_with_its_number_rule_and_reason(
    staff: tuple[Mapping, CompiledMapping], field: str, text: str, rule: str, column: str, says: str
) -> None:
    bad = staff_row(**{"employee": "2", "assignment": "2", field: text})
    result = conformed(staff, staff_row("1", "1"), bad, staff_row("3", "3"))
    assert result.accepted["assignment_id"].to_list() == ["1", "3"]
    assert result.rejected.select("source_row", "rule", "column").rows() == [(3, rule, column)]
    assert says in result.rejected["message"][0]
    assert len(text) < 2 or text not in result.rejected["message"][0]
    assert '"Assignment":"2"' in result.rejected["row_text"][0]


def test_a_row_with_two_faults_has_two_reasons_and_counts_once(staff: tuple[Mapping, CompiledMapping]) -> None:
    result = conformed(staff, staff_row(), staff_row("2", "2", fte="9", job="?"))
    assert result.rejected["rule"].to_list() == ["job_role_known", "fte_in_range"]
    assert result.rows_rejected == 1


def test_an_empty_optional_value_passes_every_rule(staff: tuple[Mapping, CompiledMapping]) -> None:
    result = conformed(staff, staff_row(fte="", end="", born="", swe=""))
    assert result.accepted.height == 1


def test_the_first_good_row_of_a_key_is_kept(staff: tuple[Mapping, CompiledMapping]) -> None:
    result = conformed(staff, staff_row(fte="9"), staff_row(fte="0.5"), staff_row(fte="0.6"))
    assert result.accepted["source_row"].to_list() == [3]
    assert result.rejected.select("source_row", "rule").rows() == [(2, "fte_in_range"), (4, "duplicate_key")]


def test_fte_has_six_decimals_exactly(staff: tuple[Mapping, CompiledMapping]) -> None:
    result = conformed(staff, staff_row("1", "1", fte="0.1"), staff_row("2", "2", fte="0.66666667"), staff_row("3", "3", fte=".5"))
    assert [str(fte) for fte in result.accepted["fte"]] == ["0.100000", "0.666667", "0.500000"]


def test_a_contract_of_no_hours_is_kept_casual_or_not(staff: tuple[Mapping, CompiledMapping]) -> None:
    result = conformed(staff, staff_row("1", "1", fte="0", contract="CAS"), staff_row("2", "2", fte="0"))
    assert [str(fte) for fte in result.accepted["fte"]] == ["0.000000", "0.000000"]


def test_an_end_before_the_start_is_a_withdrawn_start_and_is_kept(staff: tuple[Mapping, CompiledMapping]) -> None:
    result = conformed(staff, staff_row(start="10/06/2024", end="09/06/2024"))
    assert (result.accepted.height, result.rows_rejected) == (1, 0)


def test_of_a_rejected_row_the_numbers_are_read_that_have_nothing_wrong_with_them(staff: tuple[Mapping, CompiledMapping]) -> None:
    rows = [
        staff_row("1", "1"),
        staff_row("2", "2", fte="I.0"),
        staff_row("3", "#N/A"),
        staff_row("", "4"),
        staff_row("1.23E+08", "", fte="9"),
        staff_row("1", "1", fte="0.5"),
        "too,few",
    ]
    result = conformed(staff, *rows)
    assert result.rows_rejected == 6
    assert result.rejected_keys.rows(named=True) == [
        {"source_row": 3, "person_id": "2", "assignment_id": "2"},
        {"source_row": 4, "person_id": "3", "assignment_id": None},
        {"source_row": 5, "person_id": None, "assignment_id": "4"},
    ]


def test_of_a_rejected_post_or_booking_its_number_is_read(council: SendingCouncil) -> None:
    from contracts import contract, rejected_keys

    read = {
        source: [column.name for column in rejected_keys(contract(source))] for source in ("establishment", "agency", "payroll", "survey")
    }
    assert read == {"establishment": ["post_id"], "agency": ["booking_id", "worker_id"], "payroll": [], "survey": []}


def test_a_holder_of_cases_is_an_employee_or_an_agency_worker(council: SendingCouncil) -> None:
    council.mapping(
        "caseload",
        r"""
source: caseload
file: {pattern: 'cases_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Worker, agency_worker_id: Agency, cases: Cases}
missing: ["-"]
""",
    )
    rows = ["1,-,12", "-,A1,9", "-,-,3", "1,A1,3", "2,,many", "3,,1.0", "-,A1,9"]
    council.receive("caseload", "cases_2024-09.csv", "\n".join(["Worker,Agency,Cases", *rows]))
    council.land("caseload")
    assert council.raw("caseload").select("source_row", "cases").rows() == [(2, 12), (3, 9), (7, 1)]
    rejected = council.rejected("caseload").select("source_row", "rule", "message").rows()
    assert [(row, rule) for row, rule, _ in rejected] == [
        (4, "one_kind_of_holder"),
        (5, "one_kind_of_holder"),
        (6, "not_a_whole_number"),
        (8, "duplicate_key"),
    ]
    assert "A1" not in rejected[1][2]


def test_payroll_deductions_are_left_out_and_their_names_are_nowhere(council: SendingCouncil) -> None:
    council.mapping("payroll", PAYROLL_MAPPING)
    rows = [
        "1,Person 1,BASIC,3000.00",
        "1,Person 1,UNISON SUBS,-12.50",
        "2,Person 2,OT15,100",
        "2,Person 2,UNISON SUBS,x",
        "3,,,5",
        "4,UNISON SUBS",
    ]
    council.receive("payroll", "pay_2024-09.csv", "\n".join(["Employee,Name,Element,Amount", *rows]))
    report = council.land("payroll")
    assert (report.rows_read, report.rows_accepted, report.rows_rejected, report.rows_left_out) == (6, 2, 2, 2)
    assert council.raw("payroll")["element"].to_list() == ["basic_pay", "overtime"]
    assert council.rejected("payroll").select("source_row", "rule").rows() == [(6, "required"), (7, "wrong_number_of_fields")]
    for path in council.home.rglob("*"):
        if path.is_file() and not {"inbox", "landing"} & set(path.parts):
            assert b"UNISON" not in path.read_bytes(), path


def test_a_payroll_file_of_deductions_alone_is_held(council: SendingCouncil) -> None:
    council.mapping("payroll", PAYROLL_MAPPING)
    council.receive("payroll", "pay_2024-09.csv", "Employee,Name,Element,Amount\n1,Person 1,Basic Pay,3000\n")
    (only,) = council.land("payroll").problems
    assert only.code == "empty_file"
    assert "the file has no rows besides rows left out by rule (element_listed: 1)" in only.message


def test_answers_to_the_survey_cannot_be_put_together_again(council: SendingCouncil) -> None:
    council.mapping(
        "survey",
        r"""
source: survey
file: {pattern: 'survey_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {respondent: Response, standard: Standard, question_id: Question, answer: Answer, comment: Comment}
constants: {survey_name: Health check 2024}
codes: {answer: {Strongly agree: 5, Agree: 4}}
""",
    )
    rows = ["7,2,Q2,Agree,too tired", "7,1,Q1,Strongly agree,", "9,1,Q1,Agree,", "7,2,Q2,Agree,"]
    council.receive("survey", "survey_2024-09.csv", "\n".join(["Response,Standard,Question,Answer,Comment", *rows]))
    council.land("survey")
    raw = council.raw("survey")
    assert raw.select("standard", "question_id", "answer").rows() == [(1, "Q1", 4), (1, "Q1", 5), (2, "Q2", 4), (2, "Q2", 4)]
    assert raw["source_row"].null_count() == 4


texts = st.sampled_from(
    ["", " ", "1", "0.5", "2", "x", "SW", "Y", "PERM", "01/04/2020", "31/03/2019", "P1", '"', '""', "a\nb", "Total", "N/A"]
)
good = st.integers(0, 5).map(lambda number: staff_row(str(number), str(number)).split(","))
bad = st.lists(texts, min_size=0, max_size=15)
mixed = st.tuples(good, st.integers(0, 12), texts).map(lambda drawn: [*drawn[0][: drawn[1]], drawn[2], *drawn[0][drawn[1] + 1 :]])


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.one_of(good, mixed, bad), max_size=25))
def test_every_row_of_any_file_is_accepted_rejected_or_left_out(staff: tuple[Mapping, CompiledMapping], rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([STAFF_HEADER.split(","), *rows])
    mapping, compiled = staff
    table = read(written.getvalue().encode(), mapping)
    result = conform(table, compiled)
    assert result.accepted.height + result.rows_rejected + result.rows_left_out == len(rows)
    seen = [*result.accepted["source_row"], *result.rejected["source_row"].unique()]
    assert len(seen) == len(set(seen))
    assert set(seen) <= set(range(2, len(rows) + 2))
    assert result.rejected["source_row"].n_unique() == result.rows_rejected
    assert result.accepted["assignment_id"].is_unique().all()


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.one_of(good, mixed, bad), max_size=25), at_a_time=st.integers(1, 9), most=st.sampled_from([0.0, 0.98, 1.0]))
def test_rows_come_to_the_same_however_many_are_taken_at_a_time_and_however_often_a_text_repeats(
    staff: tuple[Mapping, CompiledMapping], rows: list[list[str]], at_a_time: int, most: float
) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([STAFF_HEADER.split(","), *rows])
    mapping, compiled = staff
    expected = conform(read(written.getvalue().encode(), mapping), compiled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conforming, "ROWS_AT_A_TIME", at_a_time)
        patch.setattr(distinct_texts, "MOST_DIFFERENT", most)
        result = conform(read(written.getvalue().encode(), mapping), compiled)
    assert result.accepted.equals(expected.accepted)
    assert result.rejected.equals(expected.rejected)
    assert (result.rows_rejected, result.left_out) == (expected.rows_rejected, expected.left_out)
