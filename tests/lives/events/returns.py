"""People who leave and come back, or whose assignment begins anew: under old and new numbers, after days and after months."""

from __future__ import annotations

from datetime import date

from tests.lives.days import DAY, last_day, month_of
from tests.lives.life import Assignment
from tests.lives.walk import Walk, event, of_a_newcomer, of_somebody_in_post, ordinary_friday


def _comes_back(walk: Walk, gap: int, same_number: bool, same_employee: bool = True, **terms: object) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    end = walk.wait(30)
    walk.leave(job, end, "retired" if "fte" in terms else "resignation")
    back = end + gap * DAY
    if not same_employee:
        walk.employee = f"{walk.life.name}b{walk.numbers}"
    walk.job = walk.take(back, walk.terms(back, **terms), number=job.number if same_number else None, origin="outside_social_care")
    walk.now = back
    return True


@event
def back_under_the_same_number(walk: Walk) -> bool:
    return _comes_back(walk, walk.rng.randint(20, 120), same_number=True)


@event
def back_under_a_new_number(walk: Walk) -> bool:
    return _comes_back(walk, walk.rng.randint(14, 120), same_number=False)


@event
def back_under_a_new_employee_number(walk: Walk) -> bool:
    return walk.swe is not None and _comes_back(walk, walk.rng.randint(14, 120), same_number=False, same_employee=False)


@event
def back_within_a_fortnight(walk: Walk) -> bool:
    return _comes_back(walk, walk.rng.randint(5, 15), same_number=False)


@event
def retired_and_returned(walk: Walk) -> bool:
    return _comes_back(walk, walk.rng.randint(9, 40), same_number=walk.rng.random() < 0.3, fte=0.4)


@of_somebody_in_post
def redeployed_from_redundancy(walk: Walk, job: Assignment) -> None:
    day = walk.wait(30)
    walk.leave(job, day, "compulsory_redundancy")
    back = day + walk.rng.randint(1, 6) * DAY
    walk.job = walk.take(back, walk.terms(back, role=walk.rng.choice(("social_worker", "early_help_worker"))), origin="change_of_post")
    walk.now = back


@event
def left_twice(walk: Walk) -> bool:
    if not _comes_back(walk, walk.rng.randint(20, 60), same_number=walk.rng.random() < 0.5) or walk.job is None:
        return False
    walk.leave(walk.job, walk.wait(30, 90))
    return True


@of_somebody_in_post
def number_given_to_somebody_else(walk: Walk, job: Assignment) -> None:
    walk.leave(job, walk.wait(30), "resignation")
    day = walk.wait(60, 120)
    walk.employee, walk.swe = f"{walk.life.name}z{walk.numbers}", f"SW{walk.life.name}z{walk.numbers}"
    walk.born = date(1990, 5, 5)
    walk.job = walk.take(day, walk.terms(day), number=job.number, origin="not_known")


@of_somebody_in_post
def changed_post_over_a_weekend(walk: Walk, job: Assignment) -> None:
    day = ordinary_friday(walk)
    walk.leave(job, day, walk.rng.choice(("change_of_post", None, "resignation")) or "change_of_post")
    back = day + 3 * DAY
    walk.job = walk.take(back, walk.terms(back), origin="change_of_post")
    walk.now = back


@of_somebody_in_post
def promoted_with_a_new_start_date(walk: Walk, job: Assignment) -> None:
    day = walk.wait(30)
    job.change(day, role="team_manager")
    job.starts_told[month_of(day)] = day
    walk.tell(f"{day}: promoted; the start date of {job.number} is now told as this day")


@of_a_newcomer
def fixed_term_made_permanent(walk: Walk) -> None:
    start = walk.wait(10)
    first = walk.take(start, walk.terms(start, contract="fixed_term"))
    walk.job = first
    day = walk.wait(60, 150)
    if walk.rng.random() < 0.5:
        first.change(day, contract="permanent")
        walk.tell(f"{day}: {first.number} becomes permanent")
    else:
        plan = last_day(month_of(day) + 1)
        first.ends_told = {month_of(start): (plan, None)}
        walk.leave(first, day - DAY, "change_of_post")
        walk.job = walk.take(day, walk.terms(day), post=first.post, origin="change_of_post")
