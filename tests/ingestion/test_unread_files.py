"""What lies in an inbox and is not read is in the ledger's list: what it was, since when, and until when."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.storage import Storage
from ingestion.landing.land import land_source
from ingestion.landing.unread_files import PLACE, unread_files
from tests.hostile.trial import CASES, KEY, Attack, Place, lay_out


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = lay_out(tmp_path / "trial", Attack("nothing", "special file", lambda _: None))
    monkeypatch.setenv("WORKFORCE_HOME", str(made.home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(made.config))
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", KEY)
    return made


def test_it_is_listed_once_until_it_is_gone(place: Place) -> None:
    folder = Storage(place.home).ledger("testshire", "caseload")
    land_source("testshire", "caseload")
    assert not (folder / PLACE).exists()
    (place.inbox() / "cases_2024-09.csv").symlink_to("/dev/zero")
    place.put("other.csv", CASES)
    land_source("testshire", "caseload")
    listed = unread_files(folder)
    assert [(entry["file"], entry["code"], entry["until"]) for entry in listed] == [
        ("cases_2024-09.csv", "unknown_file", None),
        ("other.csv", "unknown_file", None),
    ]
    written = (folder / PLACE).stat().st_mtime_ns
    land_source("testshire", "caseload")
    assert (folder / PLACE).stat().st_mtime_ns == written
    (place.inbox() / "cases_2024-09.csv").unlink()
    place.put("cases_2024-09.csv", CASES)
    land_source("testshire", "caseload")
    assert [(entry["file"], entry["until"] is None) for entry in unread_files(folder)] == [
        ("cases_2024-09.csv", False),
        ("other.csv", True),
    ]
    assert unread_files(folder)[1] == listed[1]


def test_a_list_that_is_damaged_is_written_anew(place: Place) -> None:
    folder = Storage(place.home).ledger("testshire", "caseload")
    place.put("other.csv", CASES)
    land_source("testshire", "caseload")
    (folder / PLACE).write_text("no list")
    assert land_source("testshire", "caseload").already_known == 1
    assert [entry["file"] for entry in unread_files(folder)] == ["other.csv"]
