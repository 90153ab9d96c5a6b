"""A few kinds of fault in `make test`.

`make quality-report` plants all of them. The committed report has all kinds, and no fault is missed.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from expectations.engine.check_results import FILE_RULES
from expectations.rules.every_source import every_rule
from tests.faults.extract import COUNCIL, Fault
from tests.faults.library import FAULTS, HELD, REPORTED
from tests.faults.report import Alert, Found, alerts_of, at, link_or_copy, page, plant, told_by

REPORT = (Path(__file__).resolve().parents[2] / "docs" / "quality_report.md").read_text(encoding="utf-8")


def test_there_are_sixty_kinds_or_more_each_named_once() -> None:
    names = [(fault.name, fault.source) for fault in FAULTS]
    assert len(names) == len(set(names)) >= 60
    assert all((fault.plant is None) != (fault.spoil is None) for fault in FAULTS)


def test_the_report_in_the_docs_is_of_these_faults_and_every_one_that_must_be_held_is() -> None:
    rows = re.findall(r"^\| ([^|]+) \| `(\w+)` \| ([^|]+) \| (held|reported) \| ([^|]+) \|", REPORT, re.MULTILINE)
    assert [(name, source, size, worth) for name, source, size, worth, _ in rows] == [
        (fault.name, fault.source, fault.size, fault.worth) for fault in FAULTS
    ]
    assert [name for name, _, _, worth, verdict in rows if worth == HELD and verdict != "caught"] == []
    assert "on the clean samples, three councils over 24 months: 0." in REPORT


def test_the_rules_that_the_report_names_are_rules_that_there_are() -> None:
    named = set(re.findall(r"\b([A-Z]{3}-\d{3}w?|HR-\d{3}w?) (?:block|hold|warn|note)", REPORT))
    assert named, "the report names rules"
    assert named - {rule.rule_id for rule in every_rule()} == set()
    assert not named & set(FILE_RULES)


# From several sources: held by a rule of one source, by a rule of two sources and by landing, and reported. `make quality-report` plants
# all kinds.
PLANTED = (
    "a service missing",
    "a column renamed",
    "posts renumbered in HR alone",
    "a person without FTE",
    "leaving reasons no longer sent",
    "a registration number that is not well formed",
    "cases of a person who left",
    "most of the training missing",
    "most responses of a survey missing",
)


@pytest.fixture(scope="module")
def base(three_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample councils as they were run, by hard links. A check writes new files, and never into an old one."""
    home = tmp_path_factory.mktemp("planted") / "base"
    shutil.copytree(three_home, home, copy_function=link_or_copy, ignore=shutil.ignore_patterns("published", "build", "alerts"))
    return home


@pytest.fixture(scope="module")
def known(base: Path) -> set[Alert]:
    """The council's alerts without a fault, because the samples have typing errors of their own."""
    with at(base):
        sources = ("hr_assignments", "establishment", "agency", "absence", "caseload", "training", "survey", "payroll")
        return alerts_of((COUNCIL, source) for source in sources)


@pytest.mark.parametrize("name", PLANTED)
def test_a_fault_that_is_planted_is_caught_by_the_rules_that_the_report_names(
    name: str, base: Path, known: set[Alert], tmp_path: Path
) -> None:
    fault = next(fault for fault in FAULTS if fault.name == name)
    found = plant(fault, base, tmp_path, known)
    assert found.caught, found.alerts
    assert found.false_alarms == ()
    row = next(line for line in REPORT.splitlines() if line.startswith(f"| {name} | `{fault.source}` |"))
    assert ", ".join(told_by(found)) == row.split(" | ")[5]


def test_an_alert_of_another_source_is_no_sign_of_a_fault() -> None:
    fault = Fault("cases", "caseload", "1 row", REPORTED)
    assert not Found(fault, (("HR-007", "warn", "hr_assignments", "2025-09"),), ()).caught
    assert Found(fault, (("CAS-008", "warn", "caseload", "2025-09"),), ()).caught


@pytest.mark.parametrize(
    ("worth", "severity", "caught"),
    [(HELD, "warn", False), (HELD, "hold", True), (HELD, "refused", True), (REPORTED, "note", True), (REPORTED, None, False)],
)
def test_what_must_be_held_is_caught_only_if_it_is_held(worth: str, severity: str | None, caught: bool) -> None:
    alerts = (("HR-001", severity, "hr_assignments", "2025-09"),) if severity else ()
    found = Found(Fault("a fault", "hr_assignments", "1 row", worth), alerts, ())
    assert found.caught is caught
    assert ("**missed**" in page([], [found])) is not caught
