"""The council that docs/add_a_council.md adds can be added as it is written there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from foundation.configuration import council_sources
from ingestion.landing.land import land_source

PAGE = Path(__file__).resolve().parents[2] / "docs" / "add_a_council.md"
# A path in backticks with a colon on a line of its own, then the file in a fence.
SHOWN_FILE = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def exampleshire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root with the page's configuration and extracts; returns the configuration folder."""
    home, config = tmp_path / "data", tmp_path / "config"
    for name, text in SHOWN_FILE.findall(PAGE.read_text(encoding="utf-8")):
        path = (home if name.startswith("inbox/") else config) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("WORKFORCE_HOME", str(home))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(config))
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", "a key for the test of a page, not a secret")
    return config


@pytest.mark.usefixtures("exampleshire")
def test_the_council_of_the_page_lands_as_the_page_says() -> None:
    reports = {council_and_source["source"]: land_source(**council_and_source) for council_and_source in council_sources()}
    counts = {
        name: (report.rows_read, report.rows_accepted, report.rows_rejected, report.rows_left_out) for name, report in reports.items()
    }
    assert counts == {"hr_assignments": (4, 2, 1, 1), "establishment": (4, 4, 0, 0), "agency": (1, 1, 0, 0)}
    assert [report.held for report in reports.values()] == [1, 0, 0]
    (held,) = reports["hr_assignments"].problems
    assert "the column 'Job Title' has values that its codes do not list: 1 different in 1 rows, the first in row 7" in held.message
    assert "Wkr" not in held.message
    shown = PAGE.read_text(encoding="utf-8")
    assert [str(report) for report in reports.values() if str(report) not in shown] == []
    assert held.message.partition(" in /")[0] in shown


def test_the_held_file_lands_once_the_mapping_is_mended_as_the_page_says(exampleshire: Path) -> None:
    land_source("exampleshire", "hr_assignments")
    mapping = exampleshire / "organisations" / "exampleshire" / "mappings" / "hr_assignments.yaml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(
        text.replace("    Social Worker: social_worker\n", "    Social Worker: social_worker\n    Social Wkr: social_worker\n")
    )
    report = land_source("exampleshire", "hr_assignments")
    assert str(report) in PAGE.read_text(encoding="utf-8")
    assert ["headers that are not known: 1, in column N (14)" in problem.message for problem in report.problems] == [True]


def test_a_column_that_the_page_ignores_is_reported_no_more(exampleshire: Path) -> None:
    mapping = exampleshire / "organisations" / "exampleshire" / "mappings" / "hr_assignments.yaml"
    text = mapping.read_text(encoding="utf-8").replace("    Team Manager:", "    Social Wkr: social_worker\n    Team Manager:")
    mapping.write_text(text.replace("ignore: [Location]", "ignore: [Location, Cost Code]"), encoding="utf-8")
    assert land_source("exampleshire", "hr_assignments").problems == ()
