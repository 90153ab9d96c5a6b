"""What holds back a figure or a month, through the DAG: a held delivery and its better file, and a month published by decision."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from dags.by_hand import run_here
from dags.workforce_month import workforce_month

JULY = datetime(2022, 7, 11, 6, tzinfo=UTC).timestamp()
BETTER = datetime(2022, 7, 12, 6, tzinfo=UTC).timestamp()


def run() -> tuple[str, dict[str, set[str]]]:
    ran = run_here(workforce_month())
    states: dict[str, set[str]] = {}
    for task in ran.get_task_instances():
        states.setdefault(task.task_id, set()).add(str(task.state))
    return str(ran.state), states


def deliver(path: Path, text: str, received: float) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (received, received))


def agency_rate(home: Path) -> tuple[date | None, str | None, str | None]:
    """The month of Peterborough's latest agency rate, why it is that month, and by which rule."""
    with duckdb.connect(str(home / "published" / "latest" / "inside" / "workforce.duckdb"), read_only=True) as published:
        (row,) = published.execute(
            "select as_at_month, status_reason, reason_rule from marts.indicator_value where organisation_id = 'peterborough' "
            "and indicator_id = 'agency_rate' and definition_id = 'dfe' and scope = 'organisation' and month_end = '2022-06-30'"
        ).fetchall()
    return row[0], row[1], row[2]


def test_a_held_file_puts_its_figure_back_to_the_month_before_and_a_better_file_brings_it_forward(golden_home: Path) -> None:
    for may in sorted((golden_home / "inbox").rglob("*_2022-05.csv")):
        # One row less, so that the extract differs from every other month's. The agency extract of Peterborough is last month's file again.
        lines = may.read_text(encoding="utf-8").splitlines(keepends=True)
        is_same = may.parts[-3:-1] == ("peterborough", "agency")
        deliver(may.with_name(may.name.replace("-05", "-06")), "".join(lines if is_same else lines[:-1]), JULY)
    state, states = run()
    assert (state, states["switch_latest"], states["confirm_deliveries"]) == ("failed", {"success"}, {"failed"})
    assert agency_rate(golden_home) == (date(2022, 5, 31), "delivery_held", "AGY-004")

    agency = golden_home / "inbox" / "peterborough" / "agency"
    lines = (agency / "agency_2022-05.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    deliver(agency / "agency_2022-06.csv", "".join(lines[:-1]), BETTER)
    state, _ = run()
    assert state == "success"
    assert agency_rate(golden_home) == (None, None, None)


@pytest.mark.wide
def test_a_month_that_lacks_what_it_must_have_is_published_by_decision_alone_and_says_so(golden_home: Path) -> None:
    (golden_home / "inbox" / "peterborough" / "agency" / "agency_2022-05.csv").unlink()
    config = golden_home / "config"
    (config / "publication.yaml").write_text("must_be_in: [agency]\nmay_override: [Director]\n")
    state, states = run()
    assert (state, states["check_completeness"], states["tell_officer"]) == ("failed", {"failed"}, {"success"})
    assert not (golden_home / "published" / "latest").exists()
    (told,) = (golden_home / "alerts" / "board").glob("not_published_2022-05_*.html")
    assert "Peterborough, Agency workers: no file for the month is in force." in told.read_text(encoding="utf-8")

    decided = "2022-05,peterborough,agency,not in,Director,the supplier changes its system"
    unused = "2022-05,cambridgeshire,agency,not in,Director,in case it is late"
    (config / "publication_overrides.csv").write_text(f"month,organisation_id,source,lack,by,reason\n{decided}\n{unused}\n")
    _, states = run()
    assert states["switch_latest"] == {"success"}
    latest = golden_home / "published" / "latest"
    kept = json.loads((latest / "manifest.json").read_bytes())["overrides"]
    assert [(result["organisation_id"], result["lack"], result["by"]) for result in kept] == [("peterborough", "not in", "Director")]
    said = "Director decided to publish: the supplier changes its system"
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (latest / "inside" / "scorecard").glob("*.html")}
    assert said in pages["peterborough"] and said not in pages["cambridgeshire"]
    assert said in (golden_home / "alerts" / "board" / f"{latest.resolve().name}.html").read_text(encoding="utf-8")
