"""People who leave: as reported, early, late, with the function, to another job or an agency; and a Director for a while."""

from __future__ import annotations

from tests.lives.days import DAY, first_day, last_day, month_of
from tests.lives.life import Assignment
from tests.lives.walk import Walk, event, of_somebody_in_post


@event
def left_as_told(walk: Walk) -> bool:
    if not walk.is_in_post() or walk.job is None:
        return False
    day = walk.wait(40)
    ahead = walk.rng.randint(0, 2)
    walk.leave(walk.job, day, known_from=month_of(day) - ahead)
    return True


@of_somebody_in_post
def left_on_the_last_day_of_a_month(walk: Walk, job: Assignment) -> None:
    walk.now = last_day(month_of(walk.wait(30)))
    walk.leave(job, walk.now)


@of_somebody_in_post
def leaving_learnt_late(walk: Walk, job: Assignment) -> None:
    day = walk.wait(30)
    walk.leave(job, day, known_from=month_of(day) + walk.rng.randint(1, 2))
    walk.now = first_day(max(job.ends_told) + 1)


@of_somebody_in_post
def planned_end_came_early(walk: Walk, job: Assignment) -> None:
    day = walk.wait(30)
    plan = last_day(month_of(day) + walk.rng.randint(2, 6))
    job.ends(day, "resignation")
    job.ends_told = {month_of(day) - walk.rng.randint(1, 3): (plan, "resignation")}
    job.listed_to = month_of(day) - 1
    walk.tell(f"{day}: {job.number} is gone, though {plan} was told as its end")
    walk.job = None


@of_somebody_in_post
def notice_withdrawn(walk: Walk, job: Assignment) -> None:
    month = month_of(walk.wait(30))
    plan = last_day(month + walk.rng.randint(1, 3)) - walk.rng.randint(0, 10) * DAY
    job.ends_told = {month: (plan, "resignation"), month + 1: (None, None)}
    walk.now = first_day(month + 2)
    walk.tell(f"the extract of {month} told {plan} as the end of {job.number}; the notice was withdrawn")


@of_somebody_in_post
def went_with_the_function(walk: Walk, job: Assignment) -> None:
    walk.leave(job, walk.wait(30), "structural_transfer")


@of_somebody_in_post
def moved_to_adults_services(walk: Walk, job: Assignment) -> None:
    walk.leave(job, walk.wait(30), "moved_outside_children")


@of_somebody_in_post
def ended_by_change_of_post_without_another(walk: Walk, job: Assignment) -> None:
    walk.leave(job, walk.wait(30), "change_of_post")


@of_somebody_in_post
def moved_to_early_help(walk: Walk, job: Assignment) -> None:
    day = walk.wait(30)
    role = walk.rng.choice(("early_help_worker", "family_support_worker", "education_officer"))
    if walk.rng.random() < 0.5:
        job.change(day, role=role, registered=False)
        walk.tell(f"{day}: becomes {role} under the same number")
    else:
        if day == last_day(month_of(day)):
            day += DAY
        walk.leave(job, day - DAY, "change_of_post")
        walk.job = walk.take(day, walk.terms(day, role=role, registered=False), origin="change_of_post")


@of_somebody_in_post
def permanent_to_agency(walk: Walk, job: Assignment) -> None:
    day = walk.wait(30)
    walk.leave(job, day, "resignation")
    begun = day + walk.rng.randint(5, 30) * DAY
    walk.book(
        job.terms.team,
        begun,
        None,
        37,
        "vacancy",
        job.post,
    )


@of_somebody_in_post
def director_for_a_while(walk: Walk, job: Assignment) -> None:
    day = walk.wait(30)
    job.change(day, role="director")
    walk.tell(f"{day}: becomes the Director")
    if walk.rng.random() < 0.5:
        walk.leave(job, walk.wait(40), "retired")
    else:
        walk.job = job
        back = walk.wait(40, 90)
        job.change(back, role="service_manager")
        walk.tell(f"{back}: service manager again")
