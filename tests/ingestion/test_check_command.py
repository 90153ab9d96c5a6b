"""`python -m ingestion check`: what a mapping makes of an extract, with nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.__main__ import main
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, TOLERANT, SendingCouncil, staff_row


def checked(
    council: SendingCouncil, name: str, *rows: str, mapping: str = STAFF_MAPPING, header: str = STAFF_HEADER
) -> tuple[int, list[str]]:
    path = council.mapping("hr_assignments", mapping)
    extract = council.config / name
    extract.write_text("\n".join([header, *rows]) + "\n")
    return main(["check", "--mapping", str(path), "--extract", str(extract)]), [str(extract)]


def test_a_check_counts_rows_with_reasons_and_writes_nothing(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [staff_row(), staff_row("2", "2", fte="7"), staff_row("3", "3", job="Wizard", born="long ago"), ""]
    before = set(council.home.parent.rglob("*"))
    ended, _ = checked(council, "staff_2024-09.csv", *rows, mapping=TOLERANT)
    out = capsys.readouterr().out
    assert ended == 1
    assert "fits the contract hr_assignments" in out
    assert "cannot say, so empty in every row: " in out
    assert "staff_2024-09.csv, header in row 1: 2024-09" in out
    assert "4 rows read = 1 accepted + 2 rejected + 1 left out" in out
    assert "rejected: fte_in_range (fte): 1, the first is row 3" in out
    assert "row 4: 'Job' has a value that is not listed in the mapping's codes. " in out
    assert "Wizard" not in out
    assert "long ago" not in out
    assert "Person 004217" not in out
    assert "held: the first check (rule 002) holds it: the rejected rows are 67% of the rows and" in out
    assert "nothing was written; the file would land, and then be held by its first check" in out
    written = set(council.home.parent.rglob("*")) - before
    assert {path.name for path in written} == {"staff_2024-09.csv"}


def test_a_file_that_would_be_held_ends_with_1(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(council, "staff_2024-09.csv", staff_row(fte="7"))[0] == 1
    assert "held: all 1 rows are rejected" in capsys.readouterr().out
    assert checked(council, "staff_2024-09.csv", staff_row(), staff_row("2", "2", job="Wizard"))[0] == 1
    assert (
        "held: the column 'Job' has values that its codes do not list: 1 different in 1 rows, the first in row 3."
        in capsys.readouterr().out
    )
    assert checked(council, "staff_2024-09.csv", "x", header="a,b")[0] == 1
    assert "held: staff_2024-09.csv: no header in the first 40 rows" in capsys.readouterr().out
    assert checked(council, "other.csv", staff_row())[0] == 1
    assert "`file.pattern` does not fit this name" in capsys.readouterr().out


def test_everything_that_is_wrong_with_a_mapping_is_said_at_once(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = STAFF_MAPPING.replace("post_id: Post,", "").replace("PERM: permanent", "PERM: for ever").replace("yes: [Y]", "")
    assert checked(council, "staff_2024-09.csv", staff_row(), mapping=wrong)[0] == 2
    out = capsys.readouterr().out
    assert "`columns.post_id` is missing" in out
    assert "`codes.contract_type.PERM` is 'for ever'" in out
    assert "`yes` and `no` are needed" in out


def test_a_mapping_can_be_checked_without_an_extract(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    path = council.mapping("hr_assignments", STAFF_MAPPING)
    assert main(["check", "--mapping", str(path)]) == 0
    assert "delivers snapshot" in capsys.readouterr().out


def test_a_file_that_is_not_there_ends_with_2(council: SendingCouncil, tmp_path: Path) -> None:
    path = council.mapping("hr_assignments", STAFF_MAPPING)
    assert main(["check", "--mapping", str(path), "--extract", str(tmp_path / "none.csv")]) == 2
    assert main(["check", "--mapping", str(tmp_path / "none.yaml")]) == 2
