"""Any past state can be built again, and the way in which deliveries arrive changes no figure."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from foundation.configuration import council_sources
from ingestion.landing.land import land_source
from warehouse.__main__ import main
from warehouse.build import build

FIRST = datetime(2022, 6, 12, 6, tzinfo=UTC)
CORRECTED = datetime(2022, 6, 20, 6, tzinfo=UTC)


def agency_rates(home: Path) -> dict[str, str]:
    with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as built:
        rows = built.execute(
            "select organisation_id, numerator || ' / ' || denominator from marts.indicator_value "
            "where indicator_id = 'agency_rate' and definition_id = 'dfe' and scope = 'organisation'"
        ).fetchall()
    return dict(rows)


def correct_peterborough(home: Path) -> None:
    """A later agency extract of the month without its last booking."""
    folder = home / "inbox" / "peterborough" / "agency"
    rows = (folder / "agency_2022-05.csv").read_text(encoding="utf-8").splitlines()
    corrected = folder / "corrected" / "agency_2022-05.csv"
    corrected.parent.mkdir()
    corrected.write_text("\n".join(rows[:-1]) + "\n", encoding="utf-8")
    (folder / "agency_2022-05.csv").unlink()
    shutil.move(corrected, folder / "agency_2022-05.csv")
    corrected.parent.rmdir()
    os.utime(folder / "agency_2022-05.csv", (CORRECTED.timestamp(), CORRECTED.timestamp()))
    land_source("peterborough", "agency")


def test_a_correction_changes_today_and_leaves_what_was_known_then(built_home: Path) -> None:
    before = agency_rates(built_home)
    correct_peterborough(built_home)
    build(with_tests=False)
    today = agency_rates(built_home)
    build(as_known_at=FIRST, with_tests=False)
    assert agency_rates(built_home) == before
    assert today["peterborough"] != before["peterborough"]
    assert today["cambridgeshire"] == before["cambridgeshire"]


@pytest.mark.wide
def test_the_order_of_arrival_and_doubled_files_change_no_figure(built_home: Path) -> None:
    before = agency_rates(built_home)
    for folder in ("raw", "ledger", "chains"):
        shutil.rmtree(built_home / folder)
    for council_and_source in reversed(council_sources()):
        assert land_source(**council_and_source).landed == 1
        assert land_source(**council_and_source).already_known == 1
    build(with_tests=False)
    assert agency_rates(built_home) == before


def test_the_command_builds_as_known_at_and_refuses_what_is_no_time(built_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = agency_rates(built_home)
    correct_peterborough(built_home)
    assert main(["build", "--as-known-at", "2022-06-12T06:00"]) == 0
    assert "tests passed" in capsys.readouterr().out
    assert agency_rates(built_home) == before
    with pytest.raises(SystemExit):
        main(["build", "--as-known-at", "last week"])
    assert "Write it like 2025-10-12T09:00" in capsys.readouterr().err
