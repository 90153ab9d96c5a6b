"""A few kinds of fault in `make test`; `make quality-report` plants all of them. The report that is committed is of all kinds, and clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.faults.extract import Fault
from tests.faults.library import FAULTS, HELD
from tests.faults.report import Found, page

REPORT = (Path(__file__).resolve().parents[2] / "docs" / "quality_report.md").read_text(encoding="utf-8")


def test_there_are_sixty_kinds_or_more_each_named_once() -> None:
    names = [(one.name, one.source) for one in FAULTS]
    assert len(names) == len(set(names)) >= 60
    assert all((one.plant is None) != (one.spoil is None) for one in FAULTS)


def test_the_report_in_the_docs_is_of_these_faults_and_every_one_that_must_be_held_is() -> None:
    rows = re.findall(r"^\| ([^|]+) \| `(\w+)` \| ([^|]+) \| (held|told) \| ([^|]+) \|", REPORT, re.MULTILINE)
    assert [(name, source, size, worth) for name, source, size, worth, _ in rows] == [
        (one.name, one.source, one.size, one.worth) for one in FAULTS
    ]
    assert [name for name, _, _, worth, verdict in rows if worth == HELD and verdict != "caught"] == []
    assert "on the clean samples, three councils over 24 months: 0." in REPORT


@pytest.mark.parametrize(
    ("worth", "severity", "caught"),
    [(HELD, "warn", False), (HELD, "hold", True), (HELD, "refused", True), ("told", "note", True), ("told", None, False)],
)
def test_what_must_be_held_is_caught_only_if_it_is_held(worth: str, severity: str | None, caught: bool) -> None:
    alerts = (("HR-001", severity, "hr_assignments", "2025-09"),) if severity else ()
    found = Found(Fault("a fault", "hr_assignments", "1 row", worth), alerts, ())
    assert found.caught is caught
    assert ("**missed**" in page([], [found])) is not caught
