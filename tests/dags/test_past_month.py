"""A run for a month does that month: later deliveries are left out, and a later publication stays the latest."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dags.by_hand import run_here
from dags.workforce_month import workforce_month

JULY = datetime(2022, 7, 11, 6, tzinfo=UTC).timestamp()


@pytest.fixture
def two_months(golden_home: Path) -> Path:
    """May, and June with one row less in each file."""
    for may in sorted((golden_home / "inbox").rglob("*_2022-05.csv")):
        june = may.with_name(may.name.replace("-05", "-06"))
        june.write_text("".join(may.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
        os.utime(june, (JULY, JULY))
    return golden_home


def run(**asked: object) -> dict[str, str]:
    """The state of each task, and of the run."""
    done = run_here(workforce_month(), asked)
    return {task.task_id: str(task.state) for task in done.get_task_instances()} | {"": str(done.state)}


def published(home: Path) -> dict[str, list[str]]:
    return {
        folder.name: sorted(publication.name for publication in folder.iterdir())
        for folder in (home / "published").iterdir()
        if folder.is_dir() and not folder.is_symlink()
    }


@pytest.mark.wide
def test_past_months_are_published_each_once_and_the_latest_stays(two_months: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run()[""] == "success"
    latest = (two_months / "published" / "latest").resolve()
    assert latest.parent.name == "2022-06"
    once, landed = published(two_months), sorted(two_months.glob("ledger/**/*.json"))

    agency = two_months / "inbox" / "peterborough" / "agency"
    (agency / "agency_2022-07.csv").write_text("half a file", encoding="utf-8")
    capsys.readouterr()
    states = run(dry_run=True, month="2022-05-01")
    assert (states[""], states["publish"], states["tell_officer"]) == ("success", "skipped", "skipped")
    said = capsys.readouterr().out
    assert "look   peterborough    agency" in said and "dry run: nothing is landed" in said
    assert (published(two_months), sorted(two_months.glob("ledger/**/*.json"))) == (once, landed)
    (agency / "agency_2022-07.csv").unlink()

    states = run(month="2022-05-31", councils=["peterborough"])
    assert states[""] == states["switch_latest"] == "success"
    assert (states["councils.peterborough.check"], states["councils.cambridgeshire.check"]) == ("success", "skipped")
    assert (two_months / "published" / "latest").resolve() == latest, "a past month never takes the place of a later one"
    twice = published(two_months)
    assert twice["2022-06"] == once["2022-06"]
    (may,) = twice["2022-05"]
    manifest = json.loads((two_months / "published" / "2022-05" / may / "manifest.json").read_bytes())
    assert {delivery["period"] for delivery in manifest["deliveries_in_force"]} == {"2022-05"}

    assert run(month="2022-05-31")[""] == "success"
    assert published(two_months) == twice, "the same month done again is the same publication"
    with duckdb.connect(str(two_months / "build" / "workforce.duckdb"), read_only=True) as built:
        kept = built.execute("select distinct stage from operations.run_step").fetchall()
    assert {("land",), ("check",), ("build",), ("publish",)} <= set(kept)
