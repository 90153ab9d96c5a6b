"""What has come since a source was last landed: found by names, sizes and times, at the inbox and wherever extracts arrive."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from foundation.configuration import organisations
from foundation.storage import storage
from ingestion.arriving.new_arrivals import new_arrivals
from ingestion.arriving.source_fetching import fetch_source
from ingestion.landing.land import land_source

COUNCIL, SOURCE = "peterborough", "agency"


def news() -> dict[str, str]:
    found = new_arrivals([council for council in organisations() if council.organisation_id == COUNCIL], storage())
    return {arrived.source: arrived.why for arrived in found}


def land_all() -> None:
    for source in ("hr_assignments", "establishment", "agency"):
        fetch_source(COUNCIL, source)
        land_source(COUNCIL, source)


def arrives(home: Path, how: str) -> None:
    path = home / "config" / "organisations" / COUNCIL / "organisation.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("  agency: {", f"  agency: {{arrives: {how}, ", 1), encoding="utf-8")
    assert how in path.read_text(encoding="utf-8")


def test_every_source_is_news_once_and_then_only_what_came(golden_home: Path) -> None:
    assert set(news()) == {"hr_assignments", "establishment", "agency"}
    land_all()
    assert news() == {}
    extract = golden_home / "inbox" / COUNCIL / SOURCE / "agency_2022-05.csv"
    os.utime(extract, (time.time(), time.time()))
    assert set(news()) == {SOURCE}


def test_a_file_that_is_still_written_is_news_when_it_is_finished(golden_home: Path) -> None:
    arrives(golden_home, "{done_marker: true}")
    land_all()
    extract = golden_home / "inbox" / COUNCIL / SOURCE / "agency_2022-06.csv"
    extract.write_text("half", encoding="utf-8")
    land_all()
    assert news() == {}
    extract.with_name(extract.name + ".done").touch()
    assert set(news()) == {SOURCE}


def test_a_place_is_listed_and_one_that_cannot_be_read_is_news(golden_home: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    arrives(golden_home, f"{{folder: {place}}}")
    land_all()
    assert news() == {}
    (place / "agency_2022-06.csv").write_text("text", encoding="utf-8")
    assert news() == {SOURCE: "files wait at its place: 1"}
    land_all()
    assert news() == {}
    place.rename(tmp_path / "elsewhere")
    assert news() == {SOURCE: "its place cannot be read"}


def test_a_landing_that_was_broken_off_is_news(golden_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    land_all()
    extract = golden_home / "inbox" / COUNCIL / SOURCE / "agency_2022-05.csv"
    os.utime(extract, (time.time(), time.time()))
    with monkeypatch.context() as during:
        during.setattr("ingestion.landing.land._Landing.run", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            land_source(COUNCIL, SOURCE)
    assert set(news()) == {SOURCE}
