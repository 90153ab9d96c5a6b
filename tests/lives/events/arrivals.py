"""People who come: hired, made permanent, qualified, seconded in; and starts that are withdrawn or reported wrongly."""

from __future__ import annotations

from dataclasses import replace

from tests.lives.days import DAY, first_day, month_of
from tests.lives.walk import ORIGINS, Walk, event, of_a_newcomer


@of_a_newcomer
def hired(walk: Walk) -> None:
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin=walk.rng.choice(ORIGINS))
    if walk.rng.random() < 0.3:
        walk.job.listed_from -= 1


@of_a_newcomer
def start_learnt_late(walk: Walk) -> None:
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin=walk.rng.choice(ORIGINS))
    walk.job.listed_from = month_of(start) + walk.rng.randint(1, 2)
    walk.job.changes[0] = replace(walk.job.changes[0], known_from=walk.job.listed_from)
    walk.now = max(walk.now, first_day(walk.job.listed_from))
    walk.tell(f"the start was first in the extract of month {walk.job.listed_from}")


@of_a_newcomer
def start_corrected(walk: Walk) -> None:
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin=walk.rng.choice(ORIGINS))
    wrong = start + walk.rng.choice((-14, -7, 7, 14)) * DAY
    known = max(month_of(start), month_of(wrong))
    walk.job.listed_from = known
    walk.job.changes[0] = replace(walk.job.changes[0], known_from=known)
    walk.job.starts_told = {0: wrong, known + 1: start}
    walk.now = first_day(known + 2)
    walk.tell(f"the extract of month {known} gave {wrong} as the start")


@of_a_newcomer
def withdrawn_offer(walk: Walk) -> None:
    start = first_day(month_of(walk.wait()) + 1) + walk.rng.randint(2, 20) * DAY
    offer = walk.take(start, walk.terms(start))
    offer.listed_from = month_of(start) - 1
    offer.listed_to = offer.listed_from
    offer.changes[0] = replace(offer.changes[0], known_from=offer.listed_from)
    offer.end = start - DAY
    walk.tell(f"the offer of {offer.number} was withdrawn; the next extract does not have it")
    walk.now = start


@of_a_newcomer
def start_withdrawn_by_an_end_before_it(walk: Walk) -> None:
    start = walk.wait(10)
    offer = walk.take(start, walk.terms(start))
    offer.end = start - walk.rng.randint(1, 10) * DAY
    offer.ends_told = {month_of(start): (offer.end, "other")}
    offer.listed_to = month_of(start) + walk.rng.randint(0, 1)
    walk.tell(f"{offer.number} ends on {offer.end}, before it starts")


@of_a_newcomer
def agency_made_permanent(walk: Walk) -> None:
    start = walk.wait(30)
    start = first_day(month_of(start)) + 14 * DAY
    terms = walk.terms(start, role="social_worker")
    walk.job = walk.take(start, terms, origin="agency")
    begun = start - walk.rng.randint(60, 200) * DAY
    walk.book(
        terms.team,
        begun,
        start - DAY,
        37,
        "vacancy",
        walk.job.post,
    )
    walk.life.posts[-1].listed_from = walk.months[0]
    walk.tell(f"an agency worker in {walk.job.post} until the day before")


@of_a_newcomer
def arrived_with_the_function(walk: Walk) -> None:
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin="structural_transfer")


@of_a_newcomer
def qualified_in_post(walk: Walk) -> None:
    start = walk.wait(10, 60)
    role = walk.rng.choice(("social_work_apprentice", "unregistered_social_worker"))
    walk.job = walk.take(start, walk.terms(start, role=role, registered=False))
    day = walk.wait(40, 120)
    walk.job.change(day, role="asye_social_worker", registered=True)
    walk.job.swe = walk.swe
    walk.tell(f"{day}: registered, {walk.job.terms.role}")


@of_a_newcomer
def trainee_who_left_before_registration(walk: Walk) -> None:
    start = walk.wait(10, 60)
    trainee = walk.take(start, walk.terms(start, role="social_work_apprentice", registered=False, contract="fixed_term"))
    walk.leave(trainee, walk.wait(60, 150), "other")


@of_a_newcomer
def came_from_early_help(walk: Walk) -> None:
    start = walk.wait(10, 60)
    first = walk.take(start, walk.terms(start, role="early_help_worker", registered=False))
    walk.job = first
    day = walk.wait(40, 120)
    if walk.rng.random() < 0.5:
        first.change(day, role="social_worker", registered=True)
        walk.tell(f"{day}: becomes a social worker under the same number")
    else:
        walk.leave(first, day - DAY, "change_of_post")
        walk.job = walk.take(day, walk.terms(day, role="social_worker"), origin="change_of_post")


@of_a_newcomer
def bank_worker(walk: Walk) -> None:
    start = walk.wait(10)
    walk.job = walk.take(
        start, walk.terms(start, contract="casual", fte=0.0, role="social_worker", hours=walk.rng.choice((0.0, 7.4, 18.5)))
    )
    walk.job.change(first_day(month_of(walk.wait(40, 90))), hours=walk.rng.choice((0.0, 11.1, 22.2)))


@of_a_newcomer
def seconded_in(walk: Walk) -> None:
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start, contract="seconded_in"))


@event
def bank_worker_booked_through_an_agency(walk: Walk) -> bool:
    if walk.job is not None or walk.swe is None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start, contract="casual", fte=0.0, role="social_worker", hours=7.4))
    begun = start + walk.rng.randint(20, 60) * DAY
    walk.book(walk.job.terms.team, begun, None, 18.5, "absence", None)
    walk.tell(f"{begun}: is booked through an agency as well")
    walk.now = begun
    return True


@of_a_newcomer
def joint_post_that_another_council_pays(walk: Walk) -> None:
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start, share=0))


@of_a_newcomer
def agency_worker_with_two_bookings(walk: Walk) -> None:
    begun = walk.wait(10)
    for team, hours in zip(walk.rng.sample(walk.teams, 2), (18.5, 11.1), strict=True):
        walk.book(team, begun, begun + 40 * DAY, hours, "project_team", None)
    walk.tell(f"{begun}: an agency worker in two teams for forty days")
    walk.now = begun + 45 * DAY
