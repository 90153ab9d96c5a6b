"""`python -m ingestion land` as an engineer uses it."""

from __future__ import annotations

import shutil

import pytest

from ingestion.__main__ import main
from tests.ingestion.testshire import STAFF_HEADER, SendingCouncil, staff_row


def test_landing_from_the_command_line_says_what_was_done(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    council.staff("staff_2024-09.csv", staff_row(), staff_row("2", "2", fte="7"))
    assert main(["land", "--organisation", "testshire", "--source", "hr_assignments", "--notes"]) == 0
    out = capsys.readouterr().out
    assert "testshire hr_assignments: 1 landed, 0 already known, 0 held; 2 rows read = 1 accepted + 1 rejected + 0 left out" in out
    assert (
        "note: staff_2024-09.csv: fte_in_range: rows rejected: 1, the first is row 3; see rejected/hr_assignments/testshire/2024-09-" in out
    )
    assert "nothing is held" in out


def test_a_held_file_ends_with_1_and_its_message(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    council.receive("hr_assignments", "staff_2024-09.csv", STAFF_HEADER)
    assert main(["land", "--organisation", "testshire", "--source", "hr_assignments"]) == 1
    assert "held: staff_2024-09.csv: the file has no rows" in capsys.readouterr().out


def test_a_file_in_a_folder_of_nobody_is_reported(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    for source in ("establishment", "agency", "absence", "caseload", "training", "survey", "payroll"):
        path = council.config / "organisations/testshire/organisation.yaml"
        path.write_text("\n".join(line for line in path.read_text().splitlines() if not line.strip().startswith(f"{source}:")))
    council.receive("hr_asignments", "staff_2024-09.csv", staff_row())
    shutil.copytree(council.home / "inbox/testshire", council.home / "inbox/testshre")
    assert main(["land"]) == 1
    out = capsys.readouterr().out
    assert "testshire/hr_asignments/staff_2024-09.csv: no council and source is configured for this folder. Move the file to inbox/" in out
    assert "testshre/hr_asignments/staff_2024-09.csv" in out


def test_a_wrong_configuration_ends_with_2(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["land", "--organisation", council.council, "--source", "agency"]) == 2
    assert "agency.yaml: there is no such mapping" in capsys.readouterr().out
    assert main(["land", "--organisation", "rutland"]) == 2


def test_help_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["land", "--help"])
    assert ended.value.code == 0
    assert "--organisation" in capsys.readouterr().out
