"""What a draft takes as sure, what it only proposes, and which exports of training, survey and month tables it knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import contract
from ingestion.drafting.column_guesses import month_columns
from ingestion.drafting.mapping_draft import draft
from ingestion.mapping import read_mapping
from ingestion.reading.extract_table import read
from tests.ingestion.dress import Rows, separated, workbook


def drafted(folder: Path, rows: Rows, source: str, name: str = "extract_2024-09.csv") -> list[str]:
    path = folder / name
    path.write_bytes(workbook(rows) if name.endswith("xlsx") else separated(rows).encode())
    return draft(path, source).splitlines()


def under(lines: list[str], key: str) -> list[str]:
    """The lines of a key of a draft that are active."""
    start = lines.index(f"{key}:") + 1
    end = next((at for at in range(start, len(lines)) if not lines[at].startswith((" ", "#"))), len(lines))
    return [line.strip() for line in lines[start:end] if not line.strip().startswith("#")]


def test_a_header_that_is_only_spelled_alike_is_commented_out(tmp_path: Path) -> None:
    rows: Rows = [["Worker", "Number of Casses", "Notes"], *([f"00{at}", str(at), ""] for at in range(5))]
    lines = drafted(tmp_path, rows, "caseload")
    assert under(lines, "columns") == ["person_id: Worker"]
    assert "  # UNSURE: cases: Number of Casses" in lines
    assert under(lines, "ignore") == ["- Notes"]


def test_a_header_whose_values_are_of_another_kind_is_commented_out(tmp_path: Path) -> None:
    rows: Rows = [["Worker", "Cases"], *([f"00{at}", f"a{at} sort of {at} words {at}"] for at in range(9))]
    assert "  # UNSURE: cases: Cases" in drafted(tmp_path, rows, "caseload")


def test_two_headers_that_are_as_likely_are_a_question(tmp_path: Path) -> None:
    rows: Rows = [["Employee Number", "Staff Number", "Cases"], *([f"00{at}", f"9{at}", str(at)] for at in range(5))]
    lines = drafted(tmp_path, rows, "caseload")
    assert under(lines, "columns") == ["cases: Cases"]
    assert any(line.startswith("  # UNSURE: person_id: ") for line in lines)


def test_a_code_that_is_only_spelled_alike_is_commented_out(tmp_path: Path) -> None:
    rows: Rows = [["Employee ID", "Course Code", "Completion Date", "Status", "Delivery"]]
    rows += [[f"00{at}", "C1", f"{at + 12}/03/2024", ("Completed", "Compleeted")[at % 2], "Classroom"] for at in range(8)]
    lines = drafted(tmp_path, rows, "training")
    assert "    Completed: completed" in lines
    assert "    # UNSURE: Compleeted: completed" in lines


@pytest.mark.parametrize(
    ("source", "header", "row", "columns"),
    [
        (
            "training",
            ["Employee ID", "Course Code", "Course Name", "Completion Date", "Expiry Date", "Completion Status", "Delivery Method"],
            ["00123", "SG1", "Safeguarding", "14/03/2024", "14/03/2027", "Completed", "Classroom"],
            {"person_id": "Employee ID", "course_id": "Course Code", "recorded_date": "Completion Date", "outcome": "Completion Status"},
        ),
        (
            "training",
            ["User ID", "Course Name", "Date Completed", "Result"],
            ["00123", "Safeguarding", "14/03/2024", "Completed"],
            {"person_id": "User ID", "course_id": "Course Name", "recorded_date": "Date Completed", "outcome": "Result"},
        ),
        (
            "survey",
            ["Response ID", "Survey Title", "Standard", "Question", "Response", "Comments"],
            ["17", "Health check 2024", "1", "Q1", "4", ""],
            {
                "respondent": "Response ID",
                "survey_name": "Survey Title",
                "question_id": "Question",
                "answer": "Response",
                "comment": "Comments",
            },
        ),
    ],
)
def test_the_usual_headers_of_training_and_survey_exports_are_known(
    tmp_path: Path, source: str, header: list[str | None], row: list[str | None], columns: dict[str, str]
) -> None:
    lines = drafted(tmp_path, [header, *[row] * 4], source)
    assert {f"{name}: {column}" for name, column in columns.items()} <= set(under(lines, "columns"))
    if "Expiry Date" in header:
        assert "  - Expiry Date  # not asked for: how long a course is valid stands in the source courses" in lines


@pytest.mark.parametrize("name", ["cases.csv", "cases.xlsx"])
def test_columns_of_months_are_proposed_and_the_proposal_reads_the_extract(tmp_path: Path, name: str) -> None:
    rows: Rows = [["Worker", "Apr-24", "May-24", "Jun-24"], ["001", "12", "13", "14"], ["002", "9", "8", "7"]]
    lines = drafted(tmp_path, rows, "caseload", name)
    assert "# MONTH COLUMNS: 3 headers are months, like %b-%y. If their cells are one number of each month, take these lines in:" in lines
    assert not any("Apr-24" in line for line in lines)
    # As the lines say: each header is put in its place, and the headers that are not clear are removed.
    taken = [line.removeprefix("# ") for line in lines]
    unpivot = next(header for header in taken if header.startswith("unpivot: "))
    period = next(header for header in taken if header.startswith("under `file`")).partition("pattern: ")[2]
    column = next(header for header in taken if header.startswith("under `columns`")).partition(": ")[2].partition(" or ")
    active = [line for line in lines if not line.strip().startswith("#")]
    active[active.index("columns:")] = f"  {period}\ncolumns:\n  cases: Number"
    assert column[0] == "cases"
    path = tmp_path / "caseload.yaml"
    path.write_text("\n".join([*active, unpivot, "two_digit_years_from: 1950"]))
    block = read((tmp_path / name).read_bytes(), read_mapping(path, contract("caseload"))).whole()
    assert block.rows.select("Worker", "Month", "Number").rows()[:2] == [("001", "Apr-24", "12"), ("001", "May-24", "13")]


def test_months_in_headers_are_known_in_every_usual_spelling() -> None:
    for headers in (
        ["Apr 2024", "May 2024", "Jun 2024"],
        ["2024-04", "2024-05", "2024-06"],
        ["April 24", "May 24", "June 24"],
        ["04/2024", "05/2024", "06/2024"],
    ):
        found = month_columns(["Worker", *headers])
        assert found
        assert list(found.headers) == headers
    assert month_columns(["Worker", "Apr-24", "May-24"]) is None
    assert month_columns([]) is None


def test_a_header_of_two_rows_is_drafted_as_one(tmp_path: Path) -> None:
    rows: Rows = [
        ["Staff list"],
        ["Person", None, "Post", None, "Team"],
        ["Number", "Name", "Number", "Title", "Name"],
        *([f"00{at}", "Jane Secret", f"P{at}", "Clerk", "North"] for at in range(4)),
    ]
    lines = drafted(tmp_path, [[*row, *[None] * (5 - len(row))] for row in rows], "hr_assignments", "staff_2024-09.xlsx")
    assert "  header_rows: 2" in lines
    assert {"person_id: Person Number", "post_id: Post Number", "team_id: Team Name"} <= set(under(lines, "columns"))
    assert not any("Secret" in line for line in lines)
