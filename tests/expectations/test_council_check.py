"""When the checks of a council are due again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from expectations import council_check
from expectations.council_check import SourcesNotChecked, check_council, remember_told, why_due
from foundation import ledger
from foundation.configuration import organisation
from tests.expectations.landed_council import LandedCouncil

ORGANISATION = """
id: ashby
name: Ashby
la_code: "999"
new_la_code: E10000999
region: East of England
partnership: null
first_month: "2025-01"
due_day: 10
sources:
  training: {owner: Learning, delivers: events}
  survey: {owner: HR, delivers: events}
"""
BEFORE, AFTER = date(2025, 10, 9), date(2025, 10, 11)


@pytest.fixture
def council(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LandedCouncil:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    monkeypatch.setenv("WORKFORCE_CONFIG", str(tmp_path / "config"))
    folder = tmp_path / "config" / "organisations" / "ashby"
    folder.mkdir(parents=True)
    (folder / "organisation.yaml").write_text(ORGANISATION)
    landed = LandedCouncil(tmp_path)
    landed.deliver("training", "2025-08", [{}])
    return landed


def due(council: LandedCouncil, day: date = BEFORE) -> str | None:
    return why_due(organisation("ashby"), council.store, day)


def check(council: LandedCouncil) -> list[str]:
    return [source for source, _ in check_council("ashby", BEFORE)]


def test_checks_are_due_until_they_were_made_and_told_and_again_after_any_change(council: LandedCouncil) -> None:
    assert due(council)
    assert check(council) == ["training", "survey"]
    assert due(council) == "owners were not told yet"
    remember_told("ashby", council.store)
    assert due(council) is None

    assert due(council, AFTER) == "a day on which files are due has passed"

    (organisation("ashby").folder / "not_supplied.csv").write_text("source\n")
    assert due(council) == "the configuration changed"
    check(council)
    remember_told("ashby", council.store)

    delivery_id = council.deliver("training", "2025-09", [{}])
    assert due(council) == "the ledger changed"
    check(council)
    remember_told("ashby", council.store)
    ledger.hold("ashby", "training", delivery_id, "TRN-001", "why", council.store)
    assert due(council) == "the ledger changed"


def test_an_acceptance_that_ends_makes_the_checks_due(council: LandedCouncil) -> None:
    accepted = organisation("ashby").folder / "accepted_exceptions.csv"
    accepted.write_text(f"rule_id,from_month,until,most_rows,by,reason\nTRN-006,2025-01,{BEFORE},,HR,true\n")
    check(council)
    remember_told("ashby", council.store)
    assert due(council) is None
    assert "an acceptance has ended" in str(due(council, AFTER))


def test_a_source_whose_check_stops_keeps_no_other_back_and_the_checks_stay_due(
    council: LandedCouncil, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(council)
    right = council_check.check_source

    def stops(organisation_id: str, source: str, today: date | None) -> object:
        if source == "training":
            raise KeyError("planted-person")
        return right(organisation_id, source, today)

    monkeypatch.setattr(council_check, "check_source", stops)
    checked = []
    with pytest.raises(SourcesNotChecked, match=r"ashby: training: KeyError at ") as stopped:
        for source, _ in check_council("ashby", BEFORE):
            checked.append(source)
    assert checked == ["survey"]
    assert "planted-person" not in str(stopped.value)


def test_a_removed_result_is_made_again(council: LandedCouncil) -> None:
    check(council)
    remember_told("ashby", council.store)
    for path in council.store.checks.iterdir():
        path.unlink()
    assert due(council)
