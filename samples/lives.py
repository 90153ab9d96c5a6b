"""Events of working lives that a count gets wrong if it trusts an extract. Each happens once, if the council is large enough.

None changes a published figure. Events happen to people outside the Department's count, to people whose count does not change, between
two Septembers, or to leavers and starters who were calibrated as such.
"""

from __future__ import annotations

from datetime import date, timedelta

from samples.careers import change_post
from samples.choices import EARLY_HELP, FULL_TIME, Lives, engaged, lower, unchanged_for
from samples.establishment import new_post
from samples.months import ONE_DAY, end_of_month
from samples.truth import Assignment, Slip, Timeline

WEEK = timedelta(days=7)
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
LARGER, SMALLER = 70, 30
TWO_CONTRACTS_FOR = timedelta(days=120)


def live(lives: Lives) -> None:
    """Let every event happen for which the council is large enough."""
    if lives.can_hold_events:
        for event in EVENTS:
            event(lives)


def a_start_is_withdrawn(lives: Lives) -> None:
    """A start is announced for the next month, and the next month's extract does not have the person."""
    known = lives.a_month()
    start = _announced(lives, known, known + timedelta(days=10))
    if start is not None:
        lives.council.left_out |= {(start, month) for month in lives.months if month > known}


def a_start_is_withdrawn_by_an_end_before_it(lives: Lives) -> None:
    """A start is announced, and the next month's extract has an end date before it."""
    known = lives.a_month()
    start = _announced(lives, known, known + timedelta(days=14))
    if start is not None:
        start.end, start.leaving_reason = start.start - timedelta(days=3), "other"


def _announced(lives: Lives, known: date, day: date) -> Assignment | None:
    """A start that never comes: HR has it from the extract of a month on, and nobody else does."""
    post = lives.vacant_post(known, day)
    if post is None:
        return None
    start = engaged(lives.somebody_new(day), 1, day, post, FULL_TIME, origin="other_council_england")
    start.start_known = known
    lives.council.withdrawn.append(start)
    return start


def a_planned_end_comes_early(lives: Lives) -> None:
    """A fixed term planned for another half year ends early. The person is in no later extract, and no day was given."""
    last = lives.a_month()
    chosen = lives.early_help_worker(lives.months[0] - timedelta(days=200), last, contract="fixed_term")
    told = [month for month in lives.months if month <= last][-3:]
    planned = end_of_month(last + timedelta(days=180))
    lives.council.slips += [Slip(chosen, month, "end_date", planned) for month in told]
    lives.council.slips += [Slip(chosen, last, column, None) for column in ("leaving_reason", "leaver_destination")]


def two_contracts_end_together_the_fixed_term_the_larger(lives: Lives) -> None:
    """A leaver has 0.3 permanent and 0.7 fixed term, and leaves both."""
    _hold_two_contracts(lives, LARGER)


def two_contracts_end_together_the_permanent_the_larger(lives: Lives) -> None:
    """A leaver has 0.7 permanent and 0.3 fixed term, and leaves both."""
    _hold_two_contracts(lives, SMALLER)


def two_contracts_end_at_different_times(lives: Lives) -> None:
    """A leaver's fixed term of 0.7 ends six weeks before the permanent post of 0.3, which is full time again until the end."""
    _hold_two_contracts(lives, LARGER, 6 * WEEK)


def _hold_two_contracts(lives: Lives, part: int, apart: timedelta = timedelta()) -> None:
    """Give a leaver a fixed term as well as the permanent post for the last months, with the same hours together."""
    chosen = lives.leaver(_is_full_time_for_long)
    if chosen is None or chosen.end is None:
        return
    first = (chosen.end - TWO_CONTRACTS_FOR).replace(day=1)
    last = chosen.end - apart
    home = chosen.post_at(first)
    post = new_post(lives.council, first, part, chosen.role.last, home.team.last)
    other = engaged(chosen.person, 2, first, post, part, contract="fixed_term", origin="change_of_post")
    other.end, other.leaving_reason, other.end_known = last, "change_of_post", end_of_month(last)
    if not apart:
        other.leaving_reason, other.end_known = chosen.leaving_reason, chosen.end_known
    post.deleted = last
    for line in (chosen.fte, home.budget):
        lower(line, part, first, last)
    if not apart:
        chosen.fte.set(last, FULL_TIME - part)
    lives.council.assignments.append(other)


def _is_full_time_for_long(assignment: Assignment) -> bool:
    assert assignment.end is not None
    budget = assignment.post_at(assignment.end).budget.at(assignment.end - ONE_DAY)
    return assignment.fte.at(assignment.end) == budget == FULL_TIME and unchanged_for(assignment) > TWO_CONTRACTS_FOR + timedelta(days=31)


def a_social_worker_becomes_an_early_help_worker(lives: Lives) -> None:
    """A leaver in the Department's count continues in early help under the same number."""
    chosen = lives.leaver()
    if chosen is None or chosen.end is None or chosen.post is None:
        return
    day, chosen.end, chosen.leaving_reason, chosen.end_known = chosen.end, None, None, None
    chosen.post.set(day, lives.new_early_help_post(day, chosen.fte.last))
    chosen.role.set(day, EARLY_HELP)
    chosen.registered.set(day, False)
    chosen.team_start.set(day, day)


def a_social_worker_moves_to_adults_services(lives: Lives) -> None:
    """A leaver goes to another service of the council, which the extract does not have."""
    chosen = lives.leaver()
    if chosen is not None:
        chosen.leaving_reason = "moved_outside_children"


def an_end_by_change_of_post_has_no_next_post(lives: Lives) -> None:
    """A leaver's reason is a change of post, and there is no other post anywhere."""
    chosen = lives.leaver()
    if chosen is not None:
        chosen.leaving_reason = "change_of_post"


def a_post_is_changed_over_a_weekend(lives: Lives) -> None:
    """The old post ends on a Friday, the next begins on the Monday after."""
    _change_post_after(lives, next(month.replace(day=8) for month in lives.first_year[4:]))


def a_post_is_changed_over_a_month_end(lives: Lives) -> None:
    """The same with the end of a month between the two."""
    weekends = [month for month in lives.first_year[2:11] if month.weekday() in (FRIDAY, SATURDAY, SUNDAY)]
    if weekends:
        _change_post_after(lives, lives.random.choice(weekends) - timedelta(days=2))


def _change_post_after(lives: Lives, day: date) -> None:
    """From the first Friday on or after a day to the Monday."""
    friday = day + timedelta(days=(FRIDAY - day.weekday()) % 7)
    chosen = lives.stayer(friday, lambda assignment: assignment.contract.values == ["permanent"])
    if chosen is not None:
        monday = friday + timedelta(days=3)
        change_post(lives.council, chosen, friday, monday, chosen.role.last)
        _hand_over_cases(lives, chosen, friday, monday)


def somebody_returns_under_the_same_number(lives: Lives) -> None:
    """One person who left and came back under a new number has the old number again."""
    for again in lives.council.assignments:
        before = next((assignment for assignment in lives.council.assignments if _is_return(assignment, again)), None)
        if before is not None and again.person not in lives.council.lived and lives.months[0] < again.start:
            lives.council.lived.add(again.person)
            again.number = before.number
            return


def _is_return(assignment: Assignment, again: Assignment) -> bool:
    return (
        assignment.person is again.person
        and assignment.end is not None
        and assignment.end + 2 * WEEK < again.start
        and assignment.registered.last
    )


def a_promotion_restarts_the_start_date(lives: Lives) -> None:
    """Somebody is regraded in post, and the system replaces the first day with that day."""
    day = lives.a_month().replace(day=1)
    chosen = lives.stayer(day, lambda assignment: assignment.role.last == "social_worker")
    if chosen is not None:
        chosen.restarted = day
        chosen.role.set(day, "senior_social_worker")
        chosen.post_at(day).role.set(day, "senior_social_worker")


def a_career_break_is_written_as_no_hours(lives: Lives) -> None:
    """Somebody without sickness takes half a year's break within a census year. The FTE is 0 and the post is kept."""
    first, until = lives.first_year[1].replace(day=1), lives.first_year[7].replace(day=1)
    sick = {absence.person for absence in lives.council.absences if absence.start < until and absence.end >= first}
    chosen = lives.stayer(first, lambda assignment: assignment.person not in sick)
    if chosen is None:
        return
    chosen.absence.set(first, "career_break")
    chosen.absence.set(until, None)
    lower(chosen.fte, chosen.fte.last, first, until)
    _hand_over_cases(lives, chosen, first, until)


def _hand_over_cases(lives: Lives, assignment: Assignment, first: date, until: date) -> None:
    """No cases at the month ends from a day to another. There is no September among them."""
    for month, cases in lives.council.cases.items():
        if first <= month < until:
            cases[:] = [(holder, count) for holder, count in cases if holder is not assignment.person]


def two_posts_are_equal(lives: Lives) -> None:
    """Somebody has held two posts of the same job, hours and first day from the beginning, and has been sick."""
    sick = {absence.person for absence in lives.council.absences if absence.kind == "sickness"}
    chosen = lives.stayer(lives.months[1], lambda assignment: assignment.person in sick and _has_never_changed(assignment))
    if chosen is None or chosen.post is None:
        return
    half, post = chosen.fte.last // 2, chosen.post.last
    other_team = next(team for team in lives.council.teams if team is not post.team.last)
    twin = new_post(lives.council, post.created, half, post.role.last, other_team)
    other = engaged(chosen.person, 2, chosen.start, twin, half, contract=chosen.contract.last, origin="change_of_post")
    other.start_origin = chosen.start_origin
    twin.holders.append(other)
    chosen.fte, post.budget = Timeline(half), Timeline(half, post.created)
    lives.council.assignments.append(other)


def _has_never_changed(assignment: Assignment) -> bool:
    assert assignment.post is not None
    lines = (
        assignment.role,
        assignment.registered,
        assignment.contract,
        assignment.fte,
        assignment.post,
        assignment.post.last.budget,
        assignment.post.last.team,
    )
    return (
        all(len(line.values) == 1 for line in lines)
        and assignment.fte.last % 2 == 0
        and assignment.post.last.budget.last == assignment.fte.last
    )


def somebody_joins_from_early_help(lives: Lives) -> None:
    """A starter of the Department's count was an early help worker until the day before."""
    chosen = lives.starter()
    if chosen is None:
        return
    began = chosen.start - timedelta(days=500)
    fte = chosen.fte.at(chosen.start)
    post = lives.new_early_help_post(began, fte)
    before = engaged(chosen.person, 1, began, post, fte, origin="outside_social_care", registered=False)
    before.end, before.leaving_reason = chosen.start - ONE_DAY, "change_of_post"
    post.deleted = chosen.start
    chosen.number, chosen.start_origin = 2, "change_of_post"
    lives.council.assignments.append(before)


EVENTS = (
    a_start_is_withdrawn,
    a_start_is_withdrawn_by_an_end_before_it,
    a_planned_end_comes_early,
    two_contracts_end_together_the_fixed_term_the_larger,
    two_contracts_end_together_the_permanent_the_larger,
    two_contracts_end_at_different_times,
    a_social_worker_becomes_an_early_help_worker,
    a_social_worker_moves_to_adults_services,
    an_end_by_change_of_post_has_no_next_post,
    a_post_is_changed_over_a_weekend,
    a_post_is_changed_over_a_month_end,
    somebody_returns_under_the_same_number,
    a_promotion_restarts_the_start_date,
    a_career_break_is_written_as_no_hours,
    two_posts_are_equal,
    somebody_joins_from_early_help,
)
