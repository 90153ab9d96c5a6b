"""The rules of staff in post: each fails on its fault and passes without it."""

from pathlib import Path

import pytest

from foundation.ledger import Problem
from tests.expectations.landed_council import LandedCouncil, absence, assignment, failed, failing, outcomes, pay, people, post

SOURCE = "hr_assignments"


def staff(count: int) -> list[dict[str, object]]:
    return [assignment(person) for person in people(count)]


@pytest.mark.parametrize(
    ("status", "dates", "rule_id"),
    [
        ("ended", {}, "HR-039"),
        ("active", {"end_date": "2025-07-31"}, "HR-040"),
        ("on_leave", {"end_date": "2025-08-31"}, "HR-040"),
        ("notice_given", {"end_date": "2024-08-31"}, "HR-040"),
        ("ended", {"end_date": "2025-10-31"}, "HR-041"),
        ("active", {"start_date": "2026-04-01"}, "HR-042"),
        ("future", {}, "HR-042"),
    ],
)
def test_a_status_that_its_dates_do_not_bear_out_is_reported_with_its_row(
    council: LandedCouncil, status: str, dates: dict[str, str], rule_id: str
) -> None:
    council.deliver(
        SOURCE, "2025-09", [*(assignment(person) for person in people(20)), assignment("odd", assignment_status=status, **dates)]
    )
    results = council.check(SOURCE)
    assert failing(results, rule_id) == {"2025-09": (22,)}
    assert failed(results) & {"HR-039", "HR-040", "HR-041", "HR-042"} == {rule_id}


def test_a_status_that_its_dates_bear_out_is_not_reported(council: LandedCouncil) -> None:
    told = [
        ("ended", {"end_date": "2025-09-15"}),
        ("ended", {"end_date": "2025-07-15"}),
        ("active", {}),
        ("active", {"end_date": "2025-09-30"}),
        ("notice_given", {"end_date": "2025-11-30"}),
        ("future", {"start_date": "2025-10-01"}),
        ("on_leave", {}),
    ]
    council.deliver(SOURCE, "2025-09", [assignment(f"p{at}", assignment_status=status, **dates) for at, (status, dates) in enumerate(told)])
    assert not failed(council.check(SOURCE)) & {"HR-039", "HR-040", "HR-041", "HR-042"}


def test_a_fall_of_more_than_15_or_rise_of_more_than_25_per_cent_is_refused(council: LandedCouncil) -> None:
    # Each month is compared with the last one that was not refused: 40, 34, 34, 42, 42.
    for period, count in {"2025-01": 40, "2025-02": 34, "2025-03": 28, "2025-04": 42, "2025-05": 53, "2025-06": 51}.items():
        council.deliver(SOURCE, period, staff(count))
    expected = {"2025-02": "passed", "2025-03": "failed", "2025-04": "passed", "2025-05": "failed", "2025-06": "passed"}
    assert outcomes(council.check(SOURCE), "HR-005") == expected


def test_a_fall_of_fte_is_refused_though_heads_stay(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    september = council.deliver(SOURCE, "2025-09", [row | {"fte": 0.8} for row in staff(20)])
    results = council.check(SOURCE)
    assert outcomes(results, "HR-006") == {"2025-09": "failed"}
    assert outcomes(results, "HR-005") == {"2025-09": "passed"}
    assert council.state(SOURCE, september) == "held"


def test_a_small_council_is_warned_of_a_fall_of_five_and_never_held(council: LandedCouncil) -> None:
    for period, count in {"2025-07": 15, "2025-08": 12, "2025-09": 7}.items():
        last = council.deliver(SOURCE, period, staff(count))
    results = council.check(SOURCE)
    assert (outcomes(results, "HR-005"), outcomes(results, "HR-005w")) == ({}, {"2025-09": "failed"})
    assert outcomes(results, "HR-006w") == {"2025-09": "failed"}
    assert council.state(SOURCE, last) == "accepted"


def test_after_a_gap_of_more_than_half_a_year_a_fall_is_a_warning(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2024-12", staff(40))
    council.deliver(SOURCE, "2025-07", staff(30))
    results = council.check(SOURCE)
    assert (outcomes(results, "HR-005"), outcomes(results, "HR-005w")) == ({}, {"2025-07": "failed"})


def test_those_who_have_left_or_not_started_are_not_in_the_comparison(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", staff(20))
    left = [assignment(f"left{number}", end_date="2025-09-30", leaving_reason="resignation") for number in range(10)]
    coming = [assignment(f"coming{number}", start_date="2025-10-06") for number in range(10)]
    council.deliver(SOURCE, "2025-09", staff(20) + left + coming)
    results = council.check(SOURCE)
    assert (outcomes(results, "HR-005"), outcomes(results, "HR-006")) == ({"2025-09": "passed"}, {"2025-09": "passed"})


def test_of_a_history_only_the_rows_that_held_at_the_month_end_are_compared(council: LandedCouncil) -> None:
    august = [assignment(person, effective_from="2020-01-01", effective_to="4712-12-31") for person in people(20)]
    changed = [("2020-01-01", "2025-09-14", 1), ("2025-09-15", "4712-12-31", 0.9)]
    september = [
        assignment(person, effective_from=first, effective_to=last, fte=fte) for person in people(20) for first, last, fte in changed
    ]
    council.deliver(SOURCE, "2025-08", august, delivers="history")
    council.deliver(SOURCE, "2025-09", september, delivers="history")
    results = council.check(SOURCE)
    assert failed(results) == set()
    assert outcomes(results, "HR-006") == {"2025-09": "passed"}


def test_rows_that_cannot_be_right_are_named(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-08", [assignment("p01"), assignment("p02", fte=0.5), assignment("p02", fte=0.5, assignment_key="half")])
    rows = [
        assignment("p01", fte=0.6),
        assignment("p01", fte=0.5, assignment_key="second"),
        assignment("p02", fte=0.6),
        assignment("p02", fte=0.6, assignment_key="half", end_date="2025-09-30"),
        assignment("p03", fte=None),
        assignment("p04", end_date="2025-06-30"),
        assignment("p05", end_date="2025-05-31"),
    ]
    council.deliver(SOURCE, "2025-09", rows)
    results = council.check(SOURCE)
    assert failing(results, "HR-007") == {"2025-09": (2, 3)}, "above one FTE in all assignments of the month end together"
    assert failing(results, "HR-008") == {"2025-09": (6,)}, "FTE is missing"
    assert failing(results, "HR-009") == {"2025-09": (8,)}, "ended more than three months ago"


def test_an_assignment_that_ended_long_ago_belongs_in_a_history(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", [assignment("p01"), assignment("p02", end_date="2020-05-31")], delivers="history")
    assert failed(council.check(SOURCE)) == set()


def test_somebody_gone_without_an_end_date_is_counted(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-07", staff(3))
    council.deliver(SOURCE, "2025-08", [*staff(2), assignment("p03", end_date="2025-08-15")])
    council.deliver(SOURCE, "2025-09", staff(1))
    council.deliver(SOURCE, "2025-10", [assignment("p04")], rows_accepted=99, rows_rejected=1)
    counted = {result.period: (result.outcome, result.rows_failed) for result in council.check(SOURCE) if result.rule_id == "HR-010"}
    assert counted == {"2025-08": ("passed", 0), "2025-09": ("failed", 1), "2025-10": ("passed", 0)}, "whose row was rejected is not gone"


def test_somebody_whose_row_is_rejected_is_neither_gone_nor_were_they_away(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-07", staff(30))
    august = council.deliver(SOURCE, "2025-08", staff(29), rows_rejected=1)
    council.reject(SOURCE, "2025-08", august, "p30")
    council.deliver(SOURCE, "2025-09", staff(30))
    assert failed(council.check(SOURCE)) & {"HR-010", "HR-045"} == set()
    council.store.rejected_keys(council.organisation_id, SOURCE, "2025-08", august).unlink()
    assert "HR-045" in failed(council.check(SOURCE)), "a row whose numbers cannot be read says nothing of who is there"


def test_a_team_or_post_that_the_establishment_of_the_month_lacks_is_named(council: LandedCouncil) -> None:
    council.deliver("establishment", "2025-09", [post("post of p01"), post("post of p02"), post("post of p03")])
    council.deliver(SOURCE, "2025-08", [assignment("p01", team_id="T9", post_id="none")])
    rows = [assignment("p01"), assignment("p02", team_id="T9"), assignment("p03", post_id="none")]
    council.deliver(SOURCE, "2025-09", [*rows, assignment("p04", team_id="T9", post_id="none", end_date="2025-09-10")])
    results = council.check(SOURCE)
    assert failing(results, "HR-011") == {"2025-09": (3,)}
    assert failing(results, "HR-012") == {"2025-09": (4,)}
    assert outcomes(results, "HR-012") == {"2025-09": "failed"}, "August has no establishment to compare with"


@pytest.mark.parametrize(
    ("rule_id", "before", "now"),
    [
        ("HR-025", {"swe_key": "number"}, {}),
        ("HR-026", {"leaving_reason": "resignation"}, {"end_date": "2025-09-20"}),
        ("HR-027", {"start_origin": "agency"}, {"start_date": "2025-09-08"}),
    ],
)
def test_what_a_council_sent_before_is_missed_when_the_whole_column_is_empty(
    council: LandedCouncil, rule_id: str, before: dict[str, str], now: dict[str, str]
) -> None:
    council.deliver(SOURCE, "2025-08", [*staff(2), assignment("p03", **before, end_date="2025-08-15")])
    council.deliver(SOURCE, "2025-09", [*staff(1), assignment("p02", **now)])
    assert outcomes(council.check(SOURCE), rule_id)["2025-09"] == "failed"


def test_a_column_that_a_council_never_sent_is_no_fault_of_its_rows(council: LandedCouncil) -> None:
    for period in ("2025-08", "2025-09"):
        council.deliver(SOURCE, period, [*staff(1), assignment("p02", start_date="2025-09-08"), assignment("p03", end_date="2025-09-20")])
    assert failed(council.check(SOURCE)) & {"HR-025", "HR-026", "HR-027"} == set()


def of_a_year(reasons: int, origins: int) -> list[dict[str, object]]:
    """Staff of whom 20 left and 20 started within the year, as many as said with 'not known'."""
    left = [assignment(f"l{n}", end_date="2025-04-15", leaving_reason="not_known" if n < reasons else "resignation") for n in range(20)]
    came = [assignment(f"s{n}", start_date="2025-03-03", start_origin="not_known" if n < origins else "agency") for n in range(20)]
    return [*left, *came, *staff(40)]


@pytest.mark.parametrize(("before", "month", "year"), [("2025-08", True, False), ("2024-09", False, True)])
@pytest.mark.parametrize(("reasons", "origins", "of_month", "of_year"), [(6, 0, "HR-028", "HR-037"), (0, 6, "HR-036", "HR-038")])
def test_reasons_and_origins_that_become_not_known_are_told_apart_against_last_month_and_last_year(
    council: LandedCouncil, before: str, month: bool, year: bool, reasons: int, origins: int, of_month: str, of_year: str
) -> None:
    moved = [
        row | {name: str(row[name]).replace("2025", "2024") for name in ("start_date", "end_date") if before == "2024-09" and row.get(name)}
        for row in of_a_year(0, 0)
    ]
    council.deliver(SOURCE, before, moved, delivers="history")
    council.deliver(SOURCE, "2025-09", of_a_year(reasons, origins), delivers="history")
    found = failed(council.check(SOURCE)) & {"HR-028", "HR-036", "HR-037", "HR-038"}
    assert found == ({of_month} if month else {of_month, of_year}), "the month before is the last one that came"
    assert year == (of_year in found)


def test_a_registration_number_of_another_shape_is_counted_from_what_landing_noted(council: LandedCouncil) -> None:
    says = (
        "staff.csv: 'SWE': A registration number is two letters; 1,002 rows say something else and are kept, the first is row 7. Fix: look"
    )
    council.deliver(SOURCE, "2025-08", staff(3))
    council.deliver(SOURCE, "2025-09", staff(3), problems=(Problem("doubtful_value", "note", "staff.csv", says, 7, "SWE"),))
    assert registration_numbers(council) == {"2025-08": ("passed", 0), "2025-09": ("failed", 1002)}


def test_a_doubt_about_anything_else_is_no_registration_number(council: LandedCouncil) -> None:
    says = "staff.csv: 'End': An assignment must not end before it starts. If it does, it counts as a withdrawn start; 2 rows say something else and are kept, the first is row 7"
    council.deliver(SOURCE, "2025-09", staff(3), problems=(Problem("doubtful_value", "note", "staff.csv", says, 7, "End"),))
    assert registration_numbers(council) == {"2025-09": ("passed", 0)}


def registration_numbers(council: LandedCouncil) -> dict[str | None, tuple[str, int]]:
    return {result.period: (result.outcome, result.rows_failed) for result in council.check(SOURCE) if result.rule_id == "HR-022"}


def test_a_start_in_the_team_after_the_month_is_named_and_one_before_the_assignment_is_right(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", [assignment("p01", team_start_date="1990-01-01"), assignment("p02", team_start_date="2025-10-01")])
    assert failing(council.check(SOURCE), "HR-029") == {"2025-09": (3,)}


def decide(council: LandedCouncil, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    folder: Path = council.store.home / "config" / "organisations" / "ashby"
    folder.mkdir(parents=True)
    monkeypatch.setenv("WORKFORCE_CONFIG", str(council.store.home / "config"))
    header = "rule_id,from_month,to_month,least,most,by,reason"
    (folder / "thresholds.csv").write_text("\n".join([header, *lines]) + "\n")


def test_how_much_a_team_may_lose_is_a_limit_that_a_council_can_change(council: LandedCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [assignment(person, team_id="T7" if number < 12 else "T8") for number, person in enumerate(people(60))]
    council.deliver(SOURCE, "2025-08", rows)
    council.deliver(SOURCE, "2025-09", rows[3:-8])
    told = [(result.outcome, result.rows_failed, result.says) for result in council.check(SOURCE) if result.rule_id == "HR-020"]
    assert told == [("failed", 2, "A team lost more than 15% of its staff in post in a month, and at least 3 people")]
    decide(council, monkeypatch, "HR-020,2025-09,,,0.2,Head of HR,small teams")
    told = [(result.outcome, result.rows_failed, result.says[:32]) for result in council.check(SOURCE) if result.rule_id == "HR-020"]
    assert told == [("failed", 1, "A team lost more than 20% of its")]


def test_how_much_fte_may_be_above_a_post_is_a_limit_that_a_council_can_change(
    council: LandedCouncil, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.deliver("establishment", "2025-09", [post("P1")])
    council.deliver(SOURCE, "2025-09", [assignment("p01", post_id="P1"), assignment("p02", post_id="P1")])
    assert failing(council.check(SOURCE), "HR-034") == {"2025-09": (2, 3)}
    decide(council, monkeypatch, "HR-034,2025-09,,,1.5,Head of HR,handovers are long")
    assert failing(council.check(SOURCE), "HR-034") == {}


def test_last_months_rows_are_known_although_somebody_had_a_birthday(council: LandedCouncil) -> None:
    for period, age in (("2025-08", "30 to 39"), ("2025-09", "40 to 49")):
        council.deliver(SOURCE, period, [*staff(100), assignment("p101", age_band=age)])
    assert outcomes(council.check(SOURCE), "HR-017") == {"2025-09": "failed"}


NOTES_OF_TWO_MONTHS = {"HR-043", "HR-044", "HR-045", "HR-046"}


@pytest.mark.parametrize(
    ("told", "rule_id"),
    [
        ({"2025-07": {"start_date": "2025-08-11"}}, "HR-043"),
        ({"2025-07": {"end_date": "2025-12-31"}}, "HR-044"),
        ({"2025-06": {}, "2025-08": {}}, "HR-045"),
        ({"2025-06": {}, "2025-08": {"start_date": "2019-01-01"}}, "HR-045"),
    ],
)
def test_what_two_extracts_contradict_each_other_in_is_a_note_to_hr(
    council: LandedCouncil, told: dict[str, dict[str, str]], rule_id: str
) -> None:
    for period in ("2025-06", "2025-07", "2025-08"):
        odd = [assignment("odd", **told[period])] if period in told else []
        council.deliver(SOURCE, period, [*staff(20), *odd])
    results = council.check(SOURCE)
    assert {period for period, outcome in outcomes(results, rule_id).items() if outcome == "failed"} == {"2025-08"}
    assert failed(results) & NOTES_OF_TWO_MONTHS == {rule_id}


@pytest.mark.parametrize(
    "told",
    [
        {"2025-07": {"start_date": "2025-08-11"}, "2025-08": {"start_date": "2025-08-11"}},
        {"2025-07": {"end_date": "2025-08-15"}},
        {"2025-06": {}, "2025-08": {"start_date": "2025-08-04"}},
        {"2025-06": {"end_date": "2025-06-20"}},
    ],
)
def test_what_two_extracts_agree_on_is_no_note(council: LandedCouncil, told: dict[str, dict[str, str]]) -> None:
    for period in ("2025-06", "2025-07", "2025-08"):
        odd = [assignment("odd", **told[period])] if period in told else []
        council.deliver(SOURCE, period, [*staff(20), *odd])
    assert failed(council.check(SOURCE)) & NOTES_OF_TWO_MONTHS == set()


def test_somebody_gone_whom_payroll_or_absence_still_has_is_listed(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-07", [*staff(20), *(assignment(person) for person in ("paid", "absent", "well_again", "gone"))])
    council.deliver(SOURCE, "2025-08", staff(20))
    council.deliver("payroll", "2025-08", [pay("paid")], delivers="events")
    council.deliver(
        "absence",
        "2025-08",
        [absence("absent", start_date="2025-08-20", end_date=None), absence("well_again", start_date="2025-08-04", end_date="2025-08-06")],
        delivers="events",
    )
    results = [result for result in council.check(SOURCE) if result.rule_id == "HR-046" and result.outcome == "failed"]
    assert [(result.period, result.rows_failed) for result in results] == [("2025-08", 2)]
