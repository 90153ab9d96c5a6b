"""Testshire with staff of two months, one partly rejected, and a publication: what the doctor and a restore are shown."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from foundation import published_files
from foundation.storage import Storage, shared
from tests.ingestion.testshire import KEY, STAFF_MAPPING, SendingCouncil, staff_row

PROGRAM = Path(__file__).with_name("as_user.py")
USER = 50000
COURSES = "course_id,course_name,required_of,valid_months\n"
TARGETS = "organisation_id,indicator_id,definition_id,from_date,by_date,comparison,value,source\n"
OF_A_COUNCIL = {
    "team_changes.csv": "from_date,old_team_id,new_team_id\n",
    "post_grades.csv": "list,job_role,from_date,to_date\n",
    "not_supplied.csv": "source,measure,from_month,to_month,symbol,counts_above\n",
}
PAYROLL = r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Employee, amount: Amount}
constants: {element: basic_pay}
"""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that every account can enter; pytest's own belong to who runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="upkeep-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def council(place: Path, monkeypatch: pytest.MonkeyPatch) -> SendingCouncil:
    home, config = place / "home", place / "config"
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(config))
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", KEY)
    testshire = SendingCouncil(home, config).configure()
    only = "".join(
        f"{line}\n"
        for line in (config / "organisations/testshire/organisation.yaml").read_text().splitlines()
        if not line.startswith("  ") or line.startswith(("  hr_assignments:", "  payroll:"))
    )
    (config / "organisations/testshire/organisation.yaml").write_text(only)
    (config / "courses.csv").write_text(COURSES)
    (config / "targets.csv").write_text(TARGETS)
    for name, text in OF_A_COUNCIL.items():
        (config / "organisations/testshire" / name).write_text(text)
    testshire.mapping("hr_assignments", STAFF_MAPPING)
    testshire.mapping("payroll", PAYROLL)
    testshire.staff("staff_2024-08.csv", staff_row("1", "1"), staff_row("2", "2"), on="2024-09-12T06:00")
    testshire.staff("staff_2024-09.csv", staff_row("1", "1"), staff_row("2", "2", fte="7"))
    testshire.receive("payroll", "pay_2024-09.csv", "Employee,Amount\n1,3000\n")
    testshire.land()
    testshire.land("payroll")
    publish(Storage(home))
    return testshire


def publish(store: Storage) -> None:
    folder = store.published / "2024-09" / "0123456789ab"
    manifest = {
        "publication": folder.name,
        "made_at": "2024-10-12T08:00:00+00:00",
        "deliveries_in_force": [],
        "as_known_at": "2024-10-12T08:00:00+00:00",
    }
    shared(folder / "inside" / "marts")
    pl.DataFrame({"indicator_id": ["turnover_rate"]}).write_parquet(folder / published_files.FIGURES)
    (folder / published_files.MANIFEST).write_text(json.dumps(manifest))
    published_files.seal(folder, store)
    store.latest.symlink_to(folder.relative_to(store.published))


def as_user(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the warehouse as an account that is not root and owns the data root."""
    if os.getuid() != 0:
        pytest.skip("only root can run a command as another account")
    for path in (place, *place.rglob("*")):
        os.chown(path, USER, 0, follow_symlinks=False)
    return run_as_user(*arguments)


def run_as_user(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same, with the owners as they are."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "AIRFLOW_HOME": tempfile.gettempdir()}
    command = [sys.executable, str(PROGRAM), str(USER), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
