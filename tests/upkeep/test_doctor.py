"""The doctor finds whatever would go wrong unseen, says in one line what and where it is and what to do, and changes nothing."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ingestion.testshire import SendingCouncil
from tests.upkeep.conftest import as_user, run_as_user
from tests.warehouse.test_damage import cut_off, flip_a_bit
from upkeep import surroundings
from upkeep.doctor import examine
from warehouse.__main__ import main as warehouse


@pytest.fixture(autouse=True)
def enough_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "LEAST_FREE", 1 << 20)


def findings(now: datetime | None = None) -> list[str]:
    return [str(finding) for finding in examine(now).findings]


def everything(home: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path): (path.lstat().st_mode, path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(home.rglob("*"))
    }


def test_all_is_well_ends_0_and_says_what_was_looked_at(council: SendingCouncil, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(council.home)
    assert warehouse(["doctor"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("All is well. Looked at: 3 originals, 3 deliveries, 1 publication, 1 council, configuration, key, connections")
    assert everything(council.home) == before


KEPT = {
    "raw": "raw/hr_assignments/organisation=testshire/period=2024-09/*.parquet",
    "numbers of rejected rows": "raw/rejected_key/organisation=testshire/period=2024-09/*.parquet",
    "identity": "identity/hr_assignments/organisation=testshire/2024-09*.parquet",
    "landing": "landing/payroll/testshire/*",
    "ledger": "ledger/payroll/testshire/*.json",
    "ledger, a file's entry": "ledger/payroll/testshire/files/*.json",
    "chain": "chains/payroll/testshire.chain",
    "published figures": "published/2024-09/*/inside/marts/*.parquet",
    "manifest": "published/2024-09/*/manifest.json",
    "list of a publication": "published/2024-09/*/SHA256SUMS",
}


@pytest.mark.parametrize("how", [flip_a_bit, Path.unlink, cut_off], ids=["flipped bit", "missing", "cut off"])
@pytest.mark.parametrize("kind", KEPT)
def test_whatever_is_kept_is_found_when_it_is_damaged_or_gone(
    council: SendingCouncil, kind: str, how: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = next(council.home.glob(KEPT[kind]))
    how(path)
    assert warehouse(["doctor"]) == 1
    *found, last = capsys.readouterr().out.splitlines()
    assert path.relative_to(council.home).as_posix() in "\n".join(found)
    assert last.startswith(f"{len(found)} finding")
    source = "hr_assignments" if "hr_assignments" in str(path) or "rejected_key" in str(path) else "payroll"
    assert found[0].startswith("publications: " if "published" in str(path) else f"testshire {source}: ")


def test_a_ledger_entry_that_was_removed_with_all_that_came_is_found(council: SendingCouncil) -> None:
    for pattern in ("ledger/payroll/testshire/*.json", "inbox/testshire/payroll/*", "landing/payroll/testshire/*", "raw/payroll/*/*/*"):
        for path in council.home.glob(pattern):
            path.unlink()
    assert any(found.startswith("testshire payroll: ledger/payroll/testshire/2024-09") for found in findings())


def test_a_key_that_is_not_the_key_is_found_and_not_shown(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "quite another key than the one of these tests, and as long"
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", other)
    (found,) = findings()
    assert found.startswith("WORKFORCE_PSEUDONYM_KEY: testshire ")
    assert "was landed with the key" in found
    assert "Set the earlier key again" in found
    assert other not in found
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", "short")
    (found,) = findings()
    assert "shorter than" in found


@pytest.mark.parametrize("folder", ["landing", "identity", "raw", "ledger", "chains"])
def test_a_restricted_folder_that_others_can_enter_is_found(council: SendingCouncil, folder: str) -> None:
    (council.home / folder).chmod(0o755)
    (found,) = findings()
    assert found.startswith(f"{folder}/: has the rights 755 instead of 700")


def test_a_file_and_a_folder_that_the_account_cannot_use_are_found_as_that_account(council: SendingCouncil, place: Path) -> None:
    done = as_user(place, "warehouse", "doctor")
    assert done.stdout.splitlines()[-1].startswith(("All is well", "1 finding.")), done.stdout + done.stderr
    raw, landing = council.home / "raw/payroll", next(council.home.glob("landing/payroll/testshire/*"))
    for path in (raw, landing):
        os.chown(path, 0, 0)
    raw.chmod(0o555)
    landing.chmod(0o600)
    done = run_as_user("warehouse", "doctor")
    assert done.returncode == 1
    assert "raw/payroll/: cannot be written by this account (user 50000; it belongs to user 0)" in done.stdout
    assert "landing/payroll/testshire/" in done.stdout
    assert "cannot be read" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_too_little_disk_is_found(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "LEAST_FREE", 1 << 62)
    assert any("GiB are free, and a run may need" in found for found in findings())


def test_a_clock_behind_what_the_ledger_knows_is_found(council: SendingCouncil) -> None:
    assert findings(datetime.now(UTC) - timedelta(hours=12)) == []
    (found,) = findings(datetime.now(UTC) - timedelta(days=400))
    assert found.startswith("clock: it is ")


def test_a_calendar_that_ends_is_found(council: SendingCouncil) -> None:
    assert not any(found.startswith("calendar") for found in findings(datetime(2040, 3, 1, tzinfo=UTC)))
    assert any(found.startswith("calendar: ") for found in findings(datetime(2040, 6, 1, tzinfo=UTC)))


SPOILT = {
    "organisations/testshire/organisation.yaml": "id: [",
    "organisations/testshire/mappings/payroll.yaml": "source: [",
    "organisations/testshire/team_changes.csv": "from_date,old_team_id,new_team_id\nsoon,1,2\n",
    "alerts.yaml": "smtp: x\n",
}


@pytest.mark.parametrize("file", SPOILT)
def test_a_configuration_that_cannot_be_used_is_found(council: SendingCouncil, file: str) -> None:
    (council.config / file).write_text(SPOILT[file])
    assert any(found.startswith("configuration: ") and Path(file).name in found for found in findings())


def test_a_folder_from_which_extracts_come_that_is_gone_is_found(council: SendingCouncil, place: Path) -> None:
    council.arrives(f"{{folder: {place}/share}}", "payroll")
    (found,) = findings()
    assert found.startswith(f"testshire payroll: {place}/share cannot be read")
    (place / "share").mkdir()
    assert findings() == []


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize("kind", ["sftp", "smtp"])
def test_a_server_that_does_not_answer_is_found_without_its_password(
    council: SendingCouncil, monkeypatch: pytest.MonkeyPatch, kind: str, closed_port: int
) -> None:
    login = f"someone:a-secret-of-the-test@127.0.0.1:{closed_port}"
    monkeypatch.setenv("AIRFLOW_CONN_THE_SERVER", f"{kind}://{login}/?timeout=2&retry_limit=1&disable_ssl=true")
    if kind == "sftp":
        council.arrives("{sftp: the_server, path: /outgoing}", "payroll")
    else:
        (council.config / "alerts.yaml").write_text("smtp_connection: the_server\nfrom: warehouse@example.org\n")
    (found,) = findings()
    assert "the_server" in found
    assert "a-secret-of-the-test" not in found


def test_a_data_root_of_another_layout_is_found(council: SendingCouncil) -> None:
    (council.home / "layout.json").write_text('{"layout": 2}\n')
    (found,) = findings()
    assert "python -m warehouse migrate" in found


def test_a_part_that_cannot_be_looked_at_keeps_no_other_back(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("Jane Canary")

    monkeypatch.setattr("upkeep.kept.of_sources", broken)
    (council.home / "landing").chmod(0o755)
    first, second = findings()
    assert first.startswith("ledger, originals and rows: could not be looked at (RuntimeError)")
    assert "Canary" not in first
    assert second.startswith("landing/")
