"""People who stay, and change: hours, teams, roles, leave, registration and contract."""

from __future__ import annotations

from datetime import date

from tests.lives.days import DAY, first_day, month_of
from tests.lives.life import Assignment
from tests.lives.walk import Walk, of_somebody_in_post


@of_somebody_in_post
def changed_hours(walk: Walk, job: Assignment) -> None:
    day = walk.wait(20, 90)
    late = walk.rng.random() < 0.5
    job.change(day, known_from=month_of(day) + 1 if late else None, fte=walk.rng.choice((0.4, 0.7, 0.9)))
    walk.tell(f"{day}: {job.terms.fte} FTE" + (", told a month late" if late else ""))
    walk.now = first_day(month_of(day) + 2)


@of_somebody_in_post
def moved_team(walk: Walk, job: Assignment) -> None:
    day = walk.wait(20, 90)
    job.change(day, team=walk.rng.choice([team for team in walk.teams if team != job.terms.team]))
    walk.tell(f"{day}: moves to {job.terms.team}")


@of_somebody_in_post
def acted_up(walk: Walk, job: Assignment) -> None:
    role = job.terms.role
    day, back = walk.wait(20, 60), walk.wait(40, 90)
    job.change(day, role="team_manager")
    job.change(back, role=role)
    walk.tell(f"{day} to {back}: acts up as team manager")


@of_somebody_in_post
def career_break(walk: Walk, job: Assignment) -> None:
    fte, day = job.terms.fte, walk.wait(20, 60)
    job.change(day, fte=0.0, away="career_break")
    walk.tell(f"{day}: career break, written as FTE 0")
    back = walk.wait(60, 150)
    job.change(back, fte=fte, away=None)
    walk.tell(f"{back}: back from it")


@of_somebody_in_post
def fte_left_empty(walk: Walk, job: Assignment) -> None:
    fte, day = job.terms.fte, walk.wait(20, 60)
    job.change(day, fte=None)
    back = walk.wait(40, 100)
    job.change(back, fte=fte)
    walk.tell(f"{day} to {back}: the FTE is empty")


@of_somebody_in_post
def maternity_covered_by_an_employee(walk: Walk, job: Assignment) -> None:
    day, back = walk.wait(20, 60), walk.wait(90, 200)
    job.change(day, away="maternity")
    job.change(back, away=None)
    walk.tell(f"{day} to {back}: maternity leave")
    mother = (walk.employee, walk.swe, walk.born)
    walk.employee, walk.swe, walk.born = f"{walk.life.name}m{walk.numbers}", f"SW{walk.life.name}m{walk.numbers}", date(1991, 3, 3)
    cover = walk.take(
        day, walk.terms(day, contract="fixed_term", fte=1.0, role=job.terms.role, team=job.terms.team), post=job.post, origin="agency"
    )
    cover.ends(back, "other", known_from=month_of(day))
    walk.employee, walk.swe, walk.born = mother


@of_somebody_in_post
def seconded_out(walk: Walk, job: Assignment) -> None:
    day, back = walk.wait(20, 60), walk.wait(60, 150)
    job.change(day, away="seconded_out")
    job.change(back, away=None)
    walk.tell(f"{day} to {back}: seconded out")
    if walk.rng.random() < 0.6:
        gone = month_of(day) + 1
        job.hidden |= {gone, gone + 1} if walk.rng.random() < 0.4 else {gone}
        walk.tell(f"missing from extracts {sorted(job.hidden)}")
        walk.now = max(walk.now, first_day(max(job.hidden) + 2))


@of_somebody_in_post
def long_sick(walk: Walk, job: Assignment) -> None:
    day, back = walk.wait(20, 60), walk.wait(40, 120)
    job.change(day, away="long_sickness")
    job.change(back, away=None)
    walk.life.absences.append((walk.employee, day, back - DAY))
    walk.tell(f"{day} to {back}: long sickness")


@of_somebody_in_post
def registration_lapsed_and_restored(walk: Walk, job: Assignment) -> None:
    day, back = walk.wait(20, 60), walk.wait(30, 80)
    for held in walk.others_of(job):
        held.change(day, registered=False)
        held.change(back, registered=True)
    walk.tell(f"{day} to {back}: off the register")


@of_somebody_in_post
def registration_lost(walk: Walk, job: Assignment) -> None:
    day = walk.wait(20, 60)
    for held in walk.others_of(job):
        held.change(day, registered=False)
    walk.tell(f"{day}: off the register for good")


@of_somebody_in_post
def permanent_to_casual(walk: Walk, job: Assignment) -> None:
    day = walk.wait(20, 60)
    job.change(day, contract="casual", fte=0.0, hours=walk.rng.choice((7.4, 14.8)))
    walk.tell(f"{day}: becomes casual")


@of_somebody_in_post
def term_time_only(walk: Walk, job: Assignment) -> None:
    day = walk.wait(20, 60)
    job.change(day, weeks=walk.rng.choice((39.0, 44.5, 52.0)))
    walk.tell(f"{day}: {job.terms.weeks} weeks a year")


@of_somebody_in_post
def joint_post(walk: Walk, job: Assignment) -> None:
    day = walk.wait(20, 60)
    job.change(day, share=walk.rng.choice((40, 50, 60)))
    walk.tell(f"{day}: the council pays {job.terms.share} per cent")
