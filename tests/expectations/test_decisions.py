"""What a council decides about rules: limits of its own for some months, and failures that it accepts until a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from expectations.__main__ import main
from expectations.engine.check_rule import RuleResult
from expectations.engine.council_decisions import AcceptedException, decisions
from expectations.rules.every_source import every_rule
from expectations.source_check import check_source
from foundation.configuration import ConfigurationError
from tests.expectations.landed_council import LandedCouncil, assignment, failed, outcomes, people

SOURCE = "hr_assignments"
TODAY = date(2025, 10, 12)


@pytest.fixture
def folder(council: LandedCouncil, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration folder of the council."""
    monkeypatch.setenv("WORKFORCE_CONFIG", str(council.store.home / "config"))
    made = council.store.home / "config" / "organisations" / council.organisation_id
    made.mkdir(parents=True)
    return made


def thresholds(folder: Path, *lines: str) -> None:
    (folder / "thresholds.csv").write_text("\n".join(["rule_id,from_month,to_month,least,most,by,reason", *lines]) + "\n")


def exceptions(folder: Path, *lines: str) -> None:
    (folder / "accepted_exceptions.csv").write_text("\n".join(["rule_id,from_month,until,most_rows,by,reason", *lines]) + "\n")


def found(council: LandedCouncil, rule_id: str, today: date = TODAY) -> RuleResult:
    return next(
        result
        for result in check_source(council.organisation_id, SOURCE, today)
        if result.rule_id == rule_id and result.period == "2025-09"
    )


def test_a_council_may_set_other_limits_for_some_months_and_the_words_say_them(council: LandedCouncil, folder: Path) -> None:
    thresholds(folder, "HR-005,2025-09,2025-09,0.4,1.25,Head of HR,Two teams move to another council in September")
    council.deliver(SOURCE, "2025-08", [assignment(person) for person in people(40)])
    council.deliver(SOURCE, "2025-09", [assignment(person) for person in people(20)])
    council.deliver(SOURCE, "2025-10", [assignment(person) for person in people(10)])
    results = council.check(SOURCE)
    assert outcomes(results, "HR-005") == {"2025-09": "passed", "2025-10": "failed"}
    assert "fell by more than 60%" in found(council, "HR-005").says


def test_limits_of_rules_on_rows_are_the_councils_too(council: LandedCouncil, folder: Path) -> None:
    thresholds(folder, "HR-007,2025-09,,,1.2,Head of HR,Out of hours team")
    rows = [assignment("p01", fte=1), assignment("p01", assignment_key="second", fte=0.1)]
    council.deliver(SOURCE, "2025-08", rows)
    council.deliver(SOURCE, "2025-09", rows)
    assert outcomes(council.check(SOURCE), "HR-007") == {"2025-08": "failed", "2025-09": "passed"}


def test_an_accepted_failure_is_no_alert_until_its_day_and_for_as_many_rows(council: LandedCouncil, folder: Path) -> None:
    exceptions(folder, "HR-008,2025-09,2025-10-31,1,Head of HR,Hours of the new panel member follow")
    council.deliver(SOURCE, "2025-08", [assignment("p01", fte=None)])
    council.deliver(SOURCE, "2025-09", [assignment("p01", fte=None), assignment("p02")])
    assert (found(council, "HR-008").outcome, found(council, "HR-008").accepted_until) == ("accepted", date(2025, 10, 31))
    assert found(council, "HR-008", date(2025, 11, 1)).outcome == "failed", "its day is over"
    council.deliver(SOURCE, "2025-09", [assignment("p01", fte=None), assignment("p02", fte=None)], received_at="2025-10-20T06:00:00+00:00")
    assert found(council, "HR-008").outcome == "failed", "one row more than was accepted"
    assert outcomes(council.check(SOURCE), "HR-008")["2025-08"] == "failed", "an earlier month"


def test_an_accepted_hold_holds_no_indicator(council: LandedCouncil, folder: Path) -> None:
    exceptions(folder, "HR-013,2025-09,2025-12-31,,Head of HR,A team moved to a trust")
    council.deliver(SOURCE, "2025-08", [assignment(person) for person in people(30)])
    council.deliver(SOURCE, "2025-09", [assignment(person) for person in people(25)] + [assignment(f"new {n}") for n in range(4)])
    held = found(council, "HR-013")
    assert (held.severity, held.outcome, held.indicators) == (
        "hold",
        "accepted",
        ("turnover_rate", "turnover_rate_headcount", "team_tenure_36m", "team_retention_36m"),
    )


def test_the_command_adds_an_exception_that_the_next_check_heeds(
    council: LandedCouncil, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    council.deliver(SOURCE, "2025-09", [assignment("p01", fte=None)])
    asked = ["accept", "--organisation", "ashby", "--rule", "HR-008", "--by", "Head of HR", "--reason", "follows"]
    assert main(asked) == 2, "without a day and a month"
    for until in ("2025-10-31", "2025-11-30"):
        assert main([*asked, "--until", until, "--from-month", "2025-09", "--most-rows", "1"]) == 0
    assert "HR-008 is accepted for ashby until 31/10/2025" in capsys.readouterr().out
    assert found(council, "HR-008").accepted_until == date(2025, 11, 30)
    kept = decisions("ashby", every_rule()).exceptions
    assert kept[0] == AcceptedException("HR-008", "2025-09", date(2025, 10, 31), 1, "Head of HR", "follows")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("HR-999,2025-09,2025-10-31,,Head of HR,why", "line 2: there is no rule 'HR-999'"),
        ("HR-005,2025-09,2025-10-31,,Head of HR,why", "line 2: HR-005 holds a delivery. Accept each delivery separately"),
        ("HR-008,2025-09,31/10/2025,,Head of HR,why", "line 2: until is '31/10/2025'"),
        ("HR-008,Sept,2025-10-31,,Head of HR,why", "line 2: from_month is 'Sept'"),
        ("HR-008,2025-09,2025-10-31,few,Head of HR,why", "line 2: most_rows is 'few'"),
        ("HR-008,2025-09,2025-10-31,,,why", "line 2: by is empty"),
        ("HR-008,2025-09,2025-10-31,,Head of HR", "line 2: must have 6 columns"),
    ],
)
def test_an_exception_that_cannot_be_read_names_its_line(council: LandedCouncil, folder: Path, line: str, told: str) -> None:
    exceptions(folder, line)
    with pytest.raises(ConfigurationError, match=told):
        council.check(SOURCE)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("HR-011,2025-09,,,1,Head of HR,why", "HR-011 has no limits"),
        ("HR-007,2025-09,,0.5,,Head of HR,why", "HR-007 has most. Give the same"),
        ("HR-007,2025-09,,,much,Head of HR,why", "most is 'much'"),
        ("HR-007,2025-09,soon,,1,Head of HR,why", "to_month is 'soon'"),
    ],
)
def test_a_threshold_that_cannot_be_read_names_what_is_wrong(council: LandedCouncil, folder: Path, line: str, told: str) -> None:
    thresholds(folder, line)
    with pytest.raises(ConfigurationError, match=f"line 2: {told}"):
        council.check(SOURCE)


def test_a_table_with_another_header_is_refused(council: LandedCouncil, folder: Path) -> None:
    (folder / "thresholds.csv").write_text("rule,limit\n")
    with pytest.raises(ConfigurationError, match="the header must be rule_id,from_month"):
        council.check(SOURCE)


def test_without_decisions_the_projects_limits_hold(council: LandedCouncil, folder: Path) -> None:
    council.deliver(SOURCE, "2025-09", [assignment("p01", fte=None)])
    assert failed(council.check(SOURCE)) == {"HR-008"}


def test_every_rule_is_listed_with_its_limits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    printed = capsys.readouterr().out
    assert all(rule.rule_id in printed for rule in every_rule())
    assert "HR-005    block  least 0.85, most 1.25" in printed
