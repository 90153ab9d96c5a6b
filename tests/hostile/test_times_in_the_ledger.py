"""A file that landed with a time of 2099, before such times were held, does not hide corrections any more."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from foundation import ledger
from foundation.configuration import ConfigurationError, councils
from foundation.storage import Storage
from ingestion.landing.land import land_source
from tests.hostile.trial import CASES, KEY, ORGANISATION, Attack, Place, lay_out


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = lay_out(tmp_path / "trial", Attack("a file", "time", lambda place: place.put("cases_2024-09.csv", CASES)))
    monkeypatch.setenv("WORKFORCE_HOME", str(made.home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(made.config))
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", KEY)
    return made


def dated_2099(place: Place) -> None:
    """Make the ledger what it was after a file dated 2099 had landed."""
    for path in (place.home / "ledger").rglob("*.json"):
        entry = json.loads(path.read_bytes())
        if entry.get("file") == "cases_2024-09.csv":
            path.write_text(json.dumps(entry | {"received_at": "2099-01-01T00:00:00+00:00"}))
    waiting = place.inbox() / "cases_2024-09.csv"
    os.utime(waiting, (4_070_908_800, 4_070_908_800))


def test_a_correction_is_in_force_at_once_and_stays_so(place: Place) -> None:
    land_source("testshire", "caseload")
    dated_2099(place)
    now = place.put("cases_2024-09_v2.csv", CASES + "3,,4\n")
    os.utime(now)
    for _ in range(3):
        land_source("testshire", "caseload")
        in_force = ledger.in_force(ledger.deliveries("testshire", "caseload"))
        assert in_force["2024-09"].file == "cases_2024-09_v2.csv"


def test_files_of_restricted_folders_are_their_owners_alone(place: Place) -> None:
    place.put("cases_2024-10.csv", CASES + "3,,no\n", on="2024-11-12T06:00")
    land_source("testshire", "caseload")
    land_source("testshire", "hr_assignments")
    closed = [place.home / name for name in ("landing", "rejected", "identity", "ledger", "raw")]
    files = [path for folder in closed for path in folder.rglob("*") if path.is_file() and path.name not in (".lock", ".inbox_seen")]
    assert {path.suffix for path in files} == {".csv", ".json", ".parquet"}
    assert [path for path in files if path.stat().st_mode & 0o077] == []
    assert Storage(place.home).restricted


@pytest.mark.parametrize("folder", ["ashby", "testshire_2"])
def test_a_council_whose_id_is_not_its_folders_name_is_left_out(place: Place, folder: str) -> None:
    (place.config / "organisations" / folder).mkdir()
    (place.config / "organisations" / folder / "organisation.yaml").write_text(ORGANISATION)
    usable, unusable = councils()
    assert [council.organisation_id for council in usable] == ["testshire"]
    assert "`id` must be the name of the folder" in unusable[0].says


def test_no_configuration_is_left_without_a_usable_council(place: Place) -> None:
    (place.organisation / "organisation.yaml").write_text(ORGANISATION.replace("id: testshire", "id: Testshire"))
    with pytest.raises(ConfigurationError, match="lower case letters"):
        land_source("testshire", "caseload")
