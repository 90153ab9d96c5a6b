"""People with two posts, or entered twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.lives.life import Assignment
from tests.lives.walk import Walk, event, of_somebody_in_post


def _second_post(walk: Walk, start: date, **terms: object) -> Assignment:
    return walk.take(start, walk.terms(start, **({"fte": 0.2, "role": "social_worker"} | terms)))


@of_somebody_in_post
def took_and_gave_up_a_second_post(walk: Walk, job: Assignment) -> None:
    job.change(walk.wait(20, 60), fte=0.6)
    second = _second_post(walk, walk.wait(20, 60))
    if walk.rng.random() < 0.6:
        day = walk.wait(40, 90)
        walk.life.story.append(f"{day}: gives up {second.number}")
        second.ends(day, "other")
    walk.job = job


@of_somebody_in_post
def two_posts_that_both_ended(walk: Walk, job: Assignment) -> None:
    contracts = walk.rng.choice((("fixed_term", 0.7, "permanent", 0.3), ("permanent", 0.7, "fixed_term", 0.3)))
    day = walk.wait(20, 60)
    job.change(day, contract=contracts[0], fte=contracts[1])
    second = _second_post(walk, walk.wait(1, 30), contract=contracts[2], fte=contracts[3], role="iro")
    day = walk.wait(60, 120)
    for post in (job, second):
        post.ends(day, "resignation")
        walk.tell(f"{day}: last day of {post.number}")
    walk.job = None


@of_somebody_in_post
def two_equal_posts(walk: Walk, job: Assignment) -> None:
    job.change(walk.wait(20, 40), fte=0.5)
    second = _second_post(walk, walk.now, fte=0.5, role=job.terms.role)
    if walk.rng.random() < 0.5:
        day = walk.wait(60, 100)
        second.ends(day, "other")
        walk.tell(f"{day}: gives up {second.number}")


@event
def two_employee_numbers(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None or walk.swe is None:
        return False
    first, walk.employee = walk.employee, f"{walk.life.name}c{walk.numbers}"
    job.change(walk.wait(20, 40), fte=0.6)
    _second_post(walk, walk.wait(10, 40))
    walk.employee = first
    return True


@event
def written_twice(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None or walk.swe is None or (job.terms.fte or 0) <= 0.5 or job.starts_told or job.ends_told or job.hidden or job.rejected:
        return False
    walk.numbers += 1
    twin = replace(
        job, number=f"{walk.life.name}/{walk.numbers}", changes=list(job.changes), starts_told={}, ends_told={}, hidden=set(), rejected={}
    )
    walk.life.assignments.append(twin)
    walk.tell(f"{job.number} is written a second time, as {twin.number}")
    day = walk.wait(60, 120)
    for post in (job, twin):
        post.ends(day, "resignation")
    walk.tell(f"{day}: last day of both")
    walk.job = None
    return True
