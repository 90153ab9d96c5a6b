"""What organisation.yaml may hold, and the messages if it cannot be used."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from foundation.configuration import CaseloadLimit, ConfigurationError, organisation

WRITTEN = """
id: testshire
name: Testshire
la_code: "999"
new_la_code: E10000999
region: East of England
first_month: "2024-01"
sources: {%s: {owner: HR, delivers: history}}
"""


def configured(folder: Path, more: str = "", source: str = "hr_assignments") -> Path:
    path = folder / "organisations" / "testshire" / "organisation.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(WRITTEN % source + more)
    return folder


def test_limits_of_cases_are_dated_and_a_council_may_have_none(tmp_path: Path) -> None:
    limits = "caseload_limits: [{from_date: 2024-01-01, cases: 20, asye_cases: 15}, {from_date: 2024-09-01, cases: 18, asye_cases: 12}]"
    found = organisation("testshire", configured(tmp_path / "with", limits)).caseload_limits
    assert found == (CaseloadLimit(date(2024, 1, 1), 20, 15), CaseloadLimit(date(2024, 9, 1), 18, 12))
    assert organisation("testshire", configured(tmp_path / "without")).caseload_limits == ()


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("caseload_limits: 20", "must be a list"),
        ("caseload_limits: [{from_date: 2024-01-01, cases: 20}]", "each with from_date"),
        ("caseload_limits: [{from_date: January, cases: 20, asye_cases: 15}]", "each with from_date"),
        ("caseload_limits: [{from_date: 2024-01-01, cases: 0, asye_cases: 15}]", "whole numbers from 1"),
        (
            "caseload_limits: [{from_date: 2024-01-01, cases: 20, asye_cases: 15}, {from_date: 2024-01-01, cases: 19, asye_cases: 15}]",
            "two limits from the same day",
        ),
    ],
)
def test_limits_that_cannot_be_used_are_refused_with_the_file_and_the_key(tmp_path: Path, written: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=f"organisation.yaml: caseload_limits .*{says}"):
        organisation("testshire", configured(tmp_path, written))


def test_what_sends_published_statistics_alone_is_no_council(tmp_path: Path) -> None:
    assert organisation("testshire", configured(tmp_path / "council")).is_council
    assert not organisation("testshire", configured(tmp_path / "england", source="comparators")).is_council


def test_a_council_that_was_split_has_a_last_month(tmp_path: Path) -> None:
    split = organisation("testshire", configured(tmp_path / "split", 'last_month: "2024-03"'))
    assert [split.has_month(period) for period in ("2023-12", "2024-01", "2024-03", "2024-04")] == [False, True, True, False]
    assert organisation("testshire", configured(tmp_path / "there")).has_month("2099-01")
    for place, wrong in enumerate(('"2024"', "2024-13", '"2023-12"')):
        with pytest.raises(ConfigurationError, match=r"organisation\.yaml: last_month must be a month"):
            organisation("testshire", configured(tmp_path / f"wrong_{place}", f"last_month: {wrong}"))


@pytest.mark.parametrize("written", ["opened: 2024-02-31", f"la_code: {'9' * 10_000}", "opened: 2024-09-01T25:00:00Z"])
def test_a_value_that_only_looks_like_a_day_or_a_number_is_refused(written: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not readable as YAML: it has a value"):
        organisation("testshire", configured(tmp_path, written))
