"""`python -m ingestion draft`: a first mapping of an extract that nobody has described yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.__main__ import main
from ingestion.drafting.mapping_draft import draft
from ingestion.refusal import FileRefused
from tests.ingestion.dress import separated, workbook, zipped

HEADER = "Employee Ref,Assignment Number,Employee Name,DOB,Position Code,Department,Job Title,Registered,Contract Type,FTE,Appt Start,Leaving Date,Location"
ROWS = [
    f"0012{at},0012{at}-1,Jane Secret{at},14/02/198{at},P{at},T1,{job},Y,Permanent,0.6,13/04/2020,{end},Ely"
    for at, (job, end) in enumerate(
        [("Social Worker", "31/12/4712"), ("SW Grade 9", ""), ("SW Grade 9", "N/A"), ("SW Grade 9", ""), ("Odd", "")]
    )
]


def staff(header: str = HEADER, rows: list[str] = ROWS) -> str:
    return "\n".join(["PCC staff in post", "", header, *rows, "Total,,,,,,,,,3.0,,,"]) + "\n"


def test_a_draft_has_what_was_recognised_and_comments_for_what_was_not(tmp_path: Path) -> None:
    path = tmp_path / "Staff_In_Post_2024-09.csv"
    path.write_text(staff().replace("Department", "Somewhere Quite Else"))
    written = draft(path, "hr_assignments").splitlines()
    expected = """
  pattern: "Staff_In_Post_(?P<year>\\\\d{4})[-_.]?(?P<month>\\\\d{2})\\\\.csv"
  totals: {column: Employee Ref, equals: Total}
  person_id: Employee Ref
  assignment_id: Assignment Number
  post_id: Position Code
  job_role: Job Title
  end_date: Leaving Date
  - Location
  - Somewhere Quite Else
dates: ["%d/%m/%Y"]
no_date: ["31/12/4712"]
missing: [N/A]
    Social Worker: social_worker
    Permanent: permanent
    # SW Grade 9:
    # and 1 that are not shown, because they stand on few rows or are many; `/Social.*/` takes all that fit, `/.*/` the rest"""
    for line in expected.strip("\n").splitlines():
        assert line in written
    assert any(line.startswith("  # NOT FOUND, NEEDED: team_id") for line in written)
    assert any(line.startswith("    # Each of these needs one of director") for line in written)


def test_no_personal_value_is_in_a_draft(tmp_path: Path) -> None:
    path = tmp_path / "staff_2024-09.csv"
    path.write_text(staff())
    written = draft(path, "hr_assignments")
    assert not any(value in written for value in ("Secret", "0012", "1980", "Odd"))


def test_a_draft_with_its_codes_filled_in_lands_the_extract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract, mapping = tmp_path / "staff_Sep2024.csv", tmp_path / "hr_assignments.yaml"
    extract.write_text(staff(rows=[row.replace("Odd", "SW Grade 9") for row in ROWS]))
    assert main(["draft", "--file", str(extract), "--source", "hr_assignments", "--out", str(mapping)]) == 0
    text = mapping.read_text()
    mapping.write_text(text.replace("    # SW Grade 9:\n", "    SW Grade 9: senior_social_worker\n"))
    capsys.readouterr()
    assert main(["check", "--mapping", str(mapping), "--extract", str(extract)]) == 0
    assert "6 rows read = 5 accepted + 0 rejected + 1 left out" in capsys.readouterr().out


def test_a_draft_is_its_owners_alone_and_the_command_prints_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract, mapping = tmp_path / "staff_Sep2024.csv", tmp_path / "hr_assignments.yaml"
    rows = [f"{row},x" for row in ROWS]
    extract.write_text(staff(f"{HEADER},Jane Canary", [row.replace("SW Grade 9", "Jane Canary QQ123456C") for row in rows]))
    assert main(["draft", "--file", str(extract), "--source", "hr_assignments", "--out", str(mapping)]) == 0
    out = capsys.readouterr().out
    assert mapping.stat().st_mode & 0o777 == 0o600
    assert "Jane Canary QQ123456C" in mapping.read_text()
    assert "12 columns recognised, 2 headers not; 2 codes recognised" in out
    assert not any(text in out for text in ("Canary", "Social Worker", "Employee Ref"))


def test_a_draft_never_takes_the_place_of_a_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extract, mapping = tmp_path / "staff_2024-09.csv", tmp_path / "hr_assignments.yaml"
    extract.write_text(staff())
    mapping.write_text("mine")
    assert main(["draft", "--file", str(extract), "--source", "hr_assignments", "--out", str(mapping)]) == 2
    assert mapping.read_text() == "mine"
    extract.write_bytes(b"%PDF-1.7")
    assert main(["draft", "--file", str(extract), "--source", "hr_assignments", "--out", str(tmp_path / "new.yaml")]) == 1
    assert "from which no extract can be read" in capsys.readouterr().out


def test_an_order_of_day_and_month_that_cannot_be_told_is_asked_unless_another_column_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "staff_2024-09.csv"
    path.write_text(staff().replace("13/04/2020", "03/04/2020").replace("31/12/4712", ""))
    assert 'dates: ["%d/%m/%Y"]' in draft(path, "hr_assignments")
    path.write_text(path.read_text().replace("14/02", "04/02"))
    written = draft(path, "hr_assignments")
    assert (
        "# start_date: no day above 12 tells whether the day or the month comes first. Ask, then write one: %d/%m/%Y or %m/%d/%Y" in written
    )


ROSTER = """Staff list
Stand: 30.09.2025
Full Name;Date Hired;DOB;Employment Class;Full or Part-Time;Annual Salary;Department;Position
"""


def test_a_public_roster_is_recognised_with_what_its_mapping_still_needs(tmp_path: Path) -> None:
    path = tmp_path / "Employee_Salaries.csv"
    people = [f"Secret{at};0{at}/2{at}/98;{at}/1{at}/1972;F;F;$1.000,50;Parks;Clerk" for at in range(1, 5)]
    path.write_text(ROSTER + "\n".join(people) + "\n")
    written = draft(path, "hr_assignments")
    expected = """
  period: {title: "Stand:\\\\s+(?P<date>.+)"}
  delimiter: ";"
  name: Full Name
  team_id: Department
  job_role: Position
  start_date: Date Hired
  date_of_birth: DOB
  fte: Full or Part-Time
  base_salary: Annual Salary
  contract_type: Employment Class
  # NOT FOUND, NEEDED: person_id: The employee number. It is the same for every assignment of a person. Or {join: [...], with: "|"}
dates: ["%m/%d/%Y", "%m/%d/%y"]
# NEEDED: the first of the hundred years that years of two digits are of: two_digit_years_from: 1950
currency: "$"  # amounts are kept as they are; nothing is converted
decimal: ","
    # Clerk:
    # "F": 1"""
    for line in expected.strip("\n").splitlines():
        assert line in written, line
    assert "Secret" not in written


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("staff_20250930.csv", r"staff_(?P<year>\\d{4})(?P<month>\\d{2})\\d{2}\\.csv"),
        ("staff 2025-09-30.csv", r"staff (?P<year>\\d{4})[-_.](?P<month>\\d{2})[-_.]\\d{2}\\.csv"),
        ("staff_30092025_v2.csv", r"staff_\\d{2}[-_.]?(?P<month>\\d{2})[-_.]?(?P<year>\\d{4})_v2\\.csv"),
        ("Staff-Sep-25.csv", r"Staff-(?P<month>[A-Za-z]{3,9})[-_. ]?(?P<year>(?:20)?\\d{2})\\.csv"),
        ("staff_FY2025.csv", r"staff_FY(?P<year>\\d{4})\\.csv"),
    ],
)
def test_the_month_in_a_name_becomes_an_expression_that_fits_the_next_months_too(tmp_path: Path, name: str, pattern: str) -> None:
    path = tmp_path / name
    path.write_text(staff())
    assert f'  pattern: "{pattern}"' in draft(path, "hr_assignments").splitlines()


CASES = [["Cases at month end"], [], ["Worker", "Agency Ref", "Number of Cases"], *([f"00{at}", "", str(at)] for at in range(9))]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("cases_2024-09.txt", separated(CASES, ";").encode("cp1252") + b"\x80,,\n", ["encoding: cp1252", 'delimiter: ";"']),  # type: ignore[arg-type]
        (
            "cases_09-2024.tsv",
            separated(CASES, "\t").encode("utf-16"),
            ["format: tsv", "encoding: utf-16", r"(?P<month>\\d{2})[-_.]?(?P<year>"],
        ),  # type: ignore[arg-type]
        ("cases 202409.xlsx", workbook(CASES, before=("Pivot",)), ["format: xlsx", "sheet: Cases"]),  # type: ignore[arg-type]
        ("cases.zip", zipped({"x.csv": separated(CASES)}), ["format: csv", "# NEEDED: the month. The name gives none"]),  # type: ignore[arg-type]
    ],
)
def test_the_form_of_an_extract_is_recognised(tmp_path: Path, name: str, content: bytes, says: list[str]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    written = draft(path, "caseload")
    for said in [*says, "header in row 3", "person_id: Worker", "agency_worker_id: Agency Ref", "cases: Number of Cases"]:
        assert said in written


def test_a_table_without_a_header_gives_no_draft_with_a_person_in_it(tmp_path: Path) -> None:
    path = tmp_path / "staff_2024-09.csv"
    path.write_text("123,Jane Doe,01/02/1980,Social Worker,Assessment\n124,John Roe,03/04/1990,Social Worker,Assessment\n")
    with pytest.raises(FileRefused, match="no row of the first 40 looks like a header") as error:
        draft(path, "hr_assignments")
    assert "Jane" not in str(error.value)
