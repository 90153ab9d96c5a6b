"""The oracle by itself: small histories whose counts are known, each as extracts report it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.lives.cells import Cells
from tests.lives.counts import cells
from tests.lives.days import last_day, whole_week_between
from tests.lives.extracts import Delivery, Row, say
from tests.lives.jobs import counts_for_dfe
from tests.lives.landing import team_changes
from tests.lives.life import Assignment, Life
from tests.lives.simulated_council import HISTORY, draw

JAN = 2024 * 12
MONTHS = range(JAN, JAN + 12)


def row(number: str = "a", **told: Any) -> Row:
    """A permanent social worker in post since 2018."""
    usual = dict.fromkeys(
        [
            "end_date",
            "leaving_reason",
            "fte_from",
            "weeks_a_year",
            "hours_worked",
            "cost_share_percent",
            "start_origin",
            "long_absence",
            "effective_from",
            "effective_to",
        ]
    )
    usual |= {
        "person_id": "p",
        "assignment_id": number,
        "date_of_birth": date(1980, 1, 1),
        "swe_number": "SW1",
        "post_id": f"P{number}",
        "team_id": "T1",
        "job_role": "social_worker",
        "registered_social_worker": True,
        "contract_type": "permanent",
        "fte": 1.0,
        "standard_hours": 37.0,
        "start_date": date(2018, 1, 1),
        "team_start_date": date(2018, 1, 1),
    }
    return usual | told


def counted(told: dict[int, list[Row]], rejected: dict[int, list[Row]] | None = None, others: list[Delivery] | None = None) -> Cells:
    """The cells of a council for which these rows were reported. A month of the year without rows has an extract without the person."""
    somebody = row("z", person_id="q", swe_number="SW9", job_role="business_support", registered_social_worker=False)
    staff = [Delivery("hr_assignments", month, [somebody, *told.get(month, [])], (rejected or {}).get(month, [])) for month in MONTHS]
    post = {"team_id": "T1", "service_id": "S1", "post_id": "Pa", "job_role": "social_worker", "budgeted_fte": 1.0, "post_status": "active"}
    posts = [Delivery("establishment", month, [post]) for month in MONTHS]
    bookings = [Delivery("agency", month, []) for month in MONTHS]
    return cells([*staff, *posts, *bookings, *(others or [])], "c", "snapshot", {})


def months(first: int, last: int, *rows: Row) -> dict[int, list[Row]]:
    """The same rows in every extract from the first to the last of these months of 2024."""
    return {JAN + month - 1: list(rows) for month in range(first, last + 1)}


def of_year(found: Cells, measure: str) -> list[float]:
    """A measure of the council in each month of the year."""
    values = [found.values.get(("org_unit_month", month, "organisation", "c", measure), Decimal(0)) for month in MONTHS]
    return [float(value) for value in values if isinstance(value, Decimal)]


def when(found: Cells, measure: str) -> dict[int, float]:
    """The months of the year in which a measure of the council is not 0, with its value."""
    return {month: value for month, value in enumerate(of_year(found, measure), start=1) if value}


def in_post(found: Cells) -> str:
    """Heads in post in each month of the year, as a text."""
    return "".join(f"{value:g}" for value in of_year(found, "in_post_heads"))


@pytest.mark.parametrize(
    ("last", "first", "has_one"),
    [
        (date(2024, 6, 1), date(2024, 6, 9), True),  # Sunday 2 to Saturday 8 lie between
        (date(2024, 6, 2), date(2024, 6, 16), True),
        (date(2024, 6, 2), date(2024, 6, 15), False),  # twelve days between hold no whole week
        (date(2024, 6, 28), date(2024, 7, 1), False),
    ],
)
def test_a_whole_week_is_sunday_to_saturday_strictly_between(last: date, first: date, has_one: bool) -> None:
    assert whole_week_between(last, first) is has_one


def test_a_start_that_is_gone_before_it_came_never_happened() -> None:
    found = counted(months(5, 5, row(start_date=date(2024, 6, 10))))
    assert (in_post(found), when(found, "starters"), when(found, "leavers")) == ("0" * 12, {}, {})


def test_a_rejected_row_is_not_absence() -> None:
    found = counted(months(1, 11, row()), {JAN + 11: [{"readable": "number", **row()}]})
    assert (in_post(found), when(found, "leavers")) == ("1" * 12, {})


def test_a_plan_does_not_outweigh_absence() -> None:
    found = counted(months(1, 5, row(end_date=date(2024, 12, 31))))
    assert (in_post(found), when(found, "leavers")) == ("111110000000", {6: 1})


def test_somebody_who_comes_back_with_the_old_start_was_never_away() -> None:
    found = counted(months(1, 4, row()) | months(7, 12, row()))
    assert (in_post(found), when(found, "leavers"), when(found, "starters")) == ("1" * 12, {}, {})


def test_the_same_number_used_again_is_another_spell() -> None:
    left = row(end_date=date(2024, 3, 15), leaving_reason="resignation")
    found = counted(months(1, 2, row()) | months(3, 3, left) | months(7, 12, row(start_date=date(2024, 7, 1))))
    assert (in_post(found), when(found, "leavers"), when(found, "starters")) == ("110000111111", {3: 1}, {7: 1})


def test_a_start_date_that_moves_is_no_start() -> None:
    found = counted(months(1, 5, row()) | months(6, 12, row(start_date=date(2024, 6, 1), job_role="team_manager")))
    assert (in_post(found), when(found, "starters"), when(found, "leavers")) == ("1" * 12, {}, {})


def test_somebody_who_is_paid_is_kept_for_one_more_extract() -> None:
    pay = [Delivery("payroll", JAN + 5, [{"person_id": "p"}])]
    found = counted(months(1, 5, row()), others=pay)
    assert (in_post(found), when(found, "leavers")) == ("111111000000", {7: 1})


def test_a_new_number_of_a_new_system_is_the_same_assignment() -> None:
    found = counted(months(1, 5, row()) | months(6, 12, row("n", person_id="n", post_id="Pa")))
    assert (in_post(found), when(found, "starters"), when(found, "leavers")) == ("1" * 12, {}, {})


def test_the_end_that_a_new_number_tells_of_is_the_old_numbers() -> None:
    renumbered = row("n", person_id="n", post_id="Pa", fte=0.4, end_date=date(2024, 5, 10), leaving_reason="resignation")
    found = counted(months(1, 3, row(fte=0.4)) | months(6, 12, renumbered))
    assert of_year(found, "in_post_fte") == [0.4] * 4 + [0] * 8
    assert (when(found, "starters"), when(found, "leavers")) == ({}, {5: 1})


def test_a_leaver_listed_again_under_a_new_number_and_post_is_one_leaver() -> None:
    left = row(fte=0.4, end_date=date(2024, 4, 10), leaving_reason="resignation")
    found = counted(months(1, 3, row(fte=0.4)) | months(4, 5, left) | months(6, 12, {**left, "assignment_id": "n", "post_id": "Pn"}))
    assert of_year(found, "in_post_fte") == [0.4] * 3 + [0] * 9
    assert of_year(found, "leavers_fte") == [0, 0, 0, 0.4] + [0] * 8


def test_a_new_number_that_had_ended_takes_nothing_over() -> None:
    ended = row("n", start_date=date(2020, 1, 1), end_date=date(2024, 2, 10), leaving_reason="resignation")
    promoted = row("m", post_id="Pb", start_date=date(2024, 6, 18))
    found = counted(months(1, 5, row("b")) | months(6, 12, ended, promoted))
    assert (when(found, "starters"), when(found, "leavers")) == ({}, {})


def test_of_two_posts_one_entered_as_registered_the_other_is_no_registered_work() -> None:
    not_entered = row(fte=0.6, registered_social_worker=False)
    entered = row("b", fte=0.2, start_date=date(2024, 3, 4), end_date=date(2024, 5, 17))
    found = counted(months(1, 2, not_entered) | months(3, 5, not_entered, entered) | months(6, 12, not_entered))
    assert found.values["movement", JAN + 2, "organisation", "c", "qualified_in_post fte"] == Decimal("0.2")


def test_a_notice_of_a_number_that_another_takes_over_gives_no_reason() -> None:
    notice = row(end_date=date(2024, 12, 31), leaving_reason="resignation")
    paid_elsewhere = row("n", start_date=date(2024, 5, 20), cost_share_percent=0)
    found = counted(months(1, 5, notice) | months(6, 12, paid_elsewhere))
    assert (in_post(found), when(found, "leavers")) == ("111110000000", {6: 1})
    assert found.values["movement", JAN + 5, "organisation", "c", "leaver not_known heads"] == -1


def test_of_two_numbers_of_one_post_the_one_within_the_other_is_left_out() -> None:
    twice = [row(fte=0.8), row("b", post_id="Pa", fte=0.6, start_date=date(2024, 3, 1))]
    found = counted(months(1, 2, row(fte=0.8)) | months(3, 12, *twice))
    assert of_year(found, "in_post_fte") == [0.8] * 12


def test_a_change_of_post_over_a_weekend_is_no_event() -> None:
    left = row(end_date=date(2024, 6, 28), leaving_reason="change_of_post")
    found = counted(months(1, 5, row()) | months(6, 6, left) | months(7, 12, row("b", start_date=date(2024, 7, 1))))
    assert (in_post(found), when(found, "starters"), when(found, "leavers")) == ("1" * 12, {}, {})
    assert when(found, "vacancy_fte") == dict.fromkeys(range(7, 13), 1)


def test_of_two_posts_that_end_the_permanent_one_is_the_boards_leaver() -> None:
    ends = {"end_date": date(2024, 6, 15), "leaving_reason": "resignation"}
    both = [row(contract_type="fixed_term", fte=0.7), row("b", fte=0.3, job_role="iro")]
    found = counted(months(1, 5, *both) | months(6, 12, *({**post, **ends} for post in both)))
    assert when(found, "leavers_fte") == {6: 1.0}
    assert when(found, "board_leavers_fte") == {6: 0.3}


def test_a_move_to_early_help_is_a_leaver_of_the_department_alone() -> None:
    moved = row(job_role="early_help_worker", registered_social_worker=False)
    found = counted(months(1, 5, row()) | months(6, 12, moved))
    assert (in_post(found), when(found, "leavers"), when(found, "board_leavers_fte")) == ("111110000000", {6: 1}, {})
    assert found.values["movement", JAN + 5, "organisation", "c", "leaver moved_outside_children heads"] == -1


def test_somebody_who_comes_with_a_function_from_another_job_of_the_council_is_no_starter() -> None:
    before = row(job_role="early_help_worker", registered_social_worker=False, end_date=date(2024, 5, 31))
    found = counted(months(1, 5, before) | months(6, 12, row("b", start_date=date(2024, 6, 1), start_origin="structural_transfer")))
    assert (in_post(found), when(found, "starters")) == ("000001111111", {})
    assert found.values["movement", JAN + 5, "organisation", "c", "structural_transfer_in heads"] == 1


def test_a_director_who_leaves_a_second_post_too_is_no_leaver() -> None:
    ends = {"end_date": date(2024, 6, 15), "leaving_reason": "retired"}
    both = [row(job_role="director", fte=0.8), row("b", fte=0.2)]
    found = counted(months(1, 5, *both) | months(6, 12, *({**post, **ends} for post in both)))
    assert (in_post(found), when(found, "leavers"), when(found, "board_leavers_fte")) == ("111110000000", {}, {})
    assert found.values["movement", JAN + 5, "organisation", "c", "change_of_role_out heads"] == -1


def test_off_the_register_and_restored_is_no_event() -> None:
    off = row(registered_social_worker=False)
    found = counted(months(1, 4, row()) | months(5, 6, off) | months(7, 12, row()))
    assert (in_post(found), when(found, "starters"), when(found, "leavers")) == ("111100111111", {}, {})


def test_a_holder_without_fte_and_a_career_break_keep_the_post() -> None:
    found = counted(months(1, 5, row(fte=None)) | months(6, 12, row(fte=0.0, long_absence="career_break")))
    assert (in_post(found), when(found, "vacancy_fte"), when(found, "in_post_fte")) == ("1" * 12, {}, {})


def test_turnover_is_shown_when_the_leavers_of_its_year_can_be_known() -> None:
    found = counted(months(1, 12, row()))
    assert found.values["turnover", JAN + 11, "organisation", "c", "dfe reason"] == "history_too_short"
    left = row("l", person_id="l", swe_number="SW2", end_date=date(2024, 1, 20), leaving_reason="retired")
    found = counted(months(1, 12, row(), left))
    assert found.values["turnover", JAN + 11, "organisation", "c", "dfe numerator"] == 1
    assert found.values["turnover", JAN + 11, "organisation", "c", "board reason"] == "history_too_short"


def _works(life: Life, assignment: Assignment, day: date) -> bool:
    """Whether somebody really is in a social work job of the Department's at a month end.

    Somebody between two such posts without a whole week between is too (D1).
    """
    holds = [change.terms for change in assignment.changes if change.day <= day]
    terms = holds[-1] if holds else assignment.terms
    counts = terms.registered and terms.contract != "seconded_in" and counts_for_dfe(terms.role)
    if not counts or assignment.start > day or assignment.end is None or assignment.end > day:
        return counts and assignment.start <= day
    following = min((other.start for other in life.assignments if other.start > assignment.end), default=None)
    goes_on = following is not None and not whole_week_between(assignment.end, following) and assignment.reason != "structural_transfer"
    return goes_on and following is not None and day < following


# Events that a full history reports in full, and at once.
PLAIN = {
    "acted_up",
    "arrived_with_the_function",
    "back_under_a_new_number",
    "bank_worker",
    "came_from_early_help",
    "career_break",
    "changed_hours",
    "director_for_a_while",
    "fixed_term_made_permanent",
    "fte_left_empty",
    "hired",
    "joint_post",
    "left_as_told",
    "left_on_the_last_day_of_a_month",
    "long_sick",
    "moved_team",
    "moved_to_adults_services",
    "moved_to_early_help",
    "permanent_to_agency",
    "qualified_in_post",
    "registration_lost",
    "seconded_in",
    "trainee_who_left_before_registration",
    "two_posts_that_both_ended",
}


def test_what_a_full_history_says_in_the_end_is_what_happened() -> None:
    """The latest full history has everything. So the stock of all months except the last can be counted from the true lives too."""
    compared = 0
    for seed in range(80):
        council = draw(seed)
        if council.kind != HISTORY:
            continue
        plain = [place for place, life in enumerate(council.lives) if set(life.events) <= PLAIN]
        council = draw(seed, plain)
        found = cells(say(council), council.organisation_id, council.delivers, team_changes(council))
        for month in council.months[:-3]:
            end = last_day(month)
            true = {assignment.employee for life in council.lives for assignment in life.assignments if _works(life, assignment, end)}
            said = found.values.get(("org_unit_month", month, "organisation", council.organisation_id, "in_post_heads"), Decimal(0))
            assert said == len(true), (seed, month)
            compared += 1
    assert compared > 100
