"""Landing that is killed with SIGKILL before any of its steps, and started again, gives the usual result: no row lost or doubled."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.ingestion.dress import HEADER, Rows, workbook
from tests.ingestion.testshire import SendingCouncil, entries_of, staff_row

PROGRAM = Path(__file__).with_name("killed.py")
NEW_KEY = "another key for these tests, longer than thirty-two characters"
PAYROLL = r"""
source: payroll
file: {pattern: 'pay_(?P<part>[a-z]+)_(?P<period>\d{4}-\d\d)\.csv', format: csv, parts: [north, south]}
columns: {person_id: Employee, amount: Amount}
constants: {element: basic_pay}
"""
CASELOAD = r"""
source: caseload
file: {pattern: 'cases\.xlsx', format: xlsx, period: {column: Month, dates: "%b %Y"}}
columns: {person_id: Worker, agency_worker_id: Agency Ref, cases: Cases}
"""
CASES: Rows = [
    [*HEADER, "Month"],
    ["1", None, "12", "Aug 2024"],
    ["2", None, "many", "Aug 2024"],
    ["1", None, "9", "Sep 2024"],
]


def everything(home: Path) -> dict[str, tuple[int, bytes]]:
    """Rights and content of every file and folder, without the ledger's times."""
    found = {}
    for path in sorted(home.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        if path.suffix == ".chain":
            content = entries_of(content)
        if path.suffix == ".json":
            content = re.sub(rb'"at": "[^"]*"', b"", content)
        found[path.relative_to(home).as_posix()] = (path.stat().st_mode, content)
    return found


def rows_in(folder: Path) -> dict[str, list[int]]:
    """The number of rows in each Parquet file of a folder, by source."""
    files = sorted(folder.rglob("*.parquet"))
    sources = sorted({path.relative_to(folder).parts[0] for path in files})
    return {source: [pl.read_parquet(path).height for path in files if path.relative_to(folder).parts[0] == source] for source in sources}


@pytest.fixture
def template(council: SendingCouncil, tmp_path: Path) -> Path:
    """A data root with extracts of every kind.

    There are good, corrected, partly rejected and unusable extracts of staff, a workbook with two months of cases, and pay on a
    share, two files per month.
    """
    share = tmp_path / "share"
    share.mkdir()
    council.arrives(f"{{folder: {share}}}", "payroll")
    council.mapping("payroll", PAYROLL)
    council.mapping("caseload", CASELOAD)
    council.staff("staff_2024-08.csv", staff_row("1", "1"), staff_row("2", "2", fte="7"), on="2024-09-12T06:00")
    council.staff("staff_2024-09.csv", staff_row("1", "1"))
    council.staff("staff_2024-09_v2.csv", staff_row("1", "1", fte="0.8"), on="2024-11-12T06:00")
    council.staff("staff_2024-10.csv", "1,1", header="Employee,FTE", on="2024-11-12T06:00")
    council.receive("caseload", "cases.xlsx", workbook(CASES))
    for part, employee in (("north", 1), ("south", 2)):
        path = share / f"pay_{part}_2024-08.csv"
        path.write_text(f"Employee,Amount\n{employee},3000\n")
        os.utime(path, (1_728_712_800, 1_728_712_800))
    return council.home


def killed_at_every_step(action: str, template: Path, folder: Path) -> int:
    """Returns the number of steps. The data roots of all runs are in `folder`."""
    folder.mkdir()
    environment = {**os.environ, "NEW_KEY": NEW_KEY, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(PROGRAM), action, str(template), str(folder)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=900)
    assert run.returncode == 0, run.stdout + run.stderr
    return int(run.stdout)


@pytest.mark.wide
def test_a_landing_killed_at_any_step_and_run_again_is_byte_for_byte_the_same(template: Path, tmp_path: Path) -> None:
    steps = killed_at_every_step("land", template, tmp_path / "runs")
    expected = everything(tmp_path / "runs" / "undisturbed")
    assert steps > 60
    parts = {"inbox", "landing", "rejected", "identity", "ledger", "chains", "raw", "build", "withdrawn", "layout.json"}
    assert {name.split("/")[0] for name in expected} == parts
    for step in range(1, steps + 1):
        assert everything(tmp_path / "runs" / f"{step:03d}") == expected, f"killed before step {step} of {steps}"
    landed = {kind: rows_in(tmp_path / "runs" / "undisturbed" / kind) for kind in ("raw", "rejected", "identity")}
    assert landed["raw"] == {"caseload": [1, 1], "hr_assignments": [1, 1, 1], "payroll": [2], "rejected_key": [1]}
    assert landed["rejected"] == {"caseload": [1], "hr_assignments": [1]}
    # A second pseudonym for each number: of a worker, of a person, assignment, post and registration, and of two people who are paid.
    assert landed["identity"] == {"hr_assignments": [1, 1, 1], "spellings": [1, 1, 4, 4, 4, 2]}


@pytest.mark.wide
def test_a_re_key_killed_at_any_step_and_run_again_is_byte_for_byte_the_same(
    council: SendingCouncil, template: Path, tmp_path: Path
) -> None:
    from ingestion.arriving.source_fetching import fetch_source

    fetch_source("testshire", "payroll")
    for source in ("hr_assignments", "payroll", "caseload"):
        council.land(source)
    steps = killed_at_every_step("rekey", template, tmp_path / "runs")
    expected = everything(tmp_path / "runs" / "undisturbed")
    assert steps > 30
    assert "rekey" not in expected
    for step in range(1, steps + 1):
        assert everything(tmp_path / "runs" / f"{step:03d}") == expected, f"killed before step {step} of {steps}"
