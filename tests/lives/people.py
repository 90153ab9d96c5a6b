"""Rules H and I: people's tenure in their team, and their ages, in cells."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from tests.lives.cells import ORGANISATION, Cells
from tests.lives.days import DAY, last_day, months_after
from tests.lives.jobs import JOBS
from tests.lives.picture import Picture
from tests.lives.work import Work, seniority

AGE_BANDS = ((25, "under 25"), (35, "25 to 34"), (45, "35 to 44"), (55, "45 to 54"), (65, "55 to 64"), (200, "65 and over"))


def count_tenure(picture: Picture, found: Cells, month: int) -> None:
    """36 months in the team of the main assignment (rule H1): permanent and fixed-term staff."""
    for person, work in picture.mains[month].items():
        since = _in_team_since(picture, person, picture.team(work.row["team_id"]), month)
        has_36_months = months_after(since, 36) <= last_day(month) + DAY
        for unit in picture.units(work.row["team_id"], month):
            found.add(("org_unit_month", month, *unit, "with_a_team"), 1)
            if has_36_months:
                found.add(("org_unit_month", month, *unit, "with_36_months_in_team"), 1)


def _in_team_since(picture: Picture, person: str, team: str, month: int) -> date:
    """The earliest day in the team that was reported during the unbroken stay in it."""
    since = date.max
    while month in picture.stock:
        work = picture.mains[month].get(person)
        if work is None or picture.team(work.row["team_id"]) != team:
            break
        since = min(since, work.row["team_start_date"] or work.spell.held_since)
        month -= 1
    return since


def count_ages(picture: Picture, found: Cells, month: int) -> None:
    """Rule I3: the ages at the time, of everybody employed at the end of a quarter whose extract came."""
    if month not in picture.staff or month % 3 != 2:
        return
    booked = {row["swe_number"] for row in picture.in_place(month) if row["swe_number"]}
    of_person: dict[str, list[Work]] = defaultdict(list)
    for work in picture.council.in_post(last_day(month)):
        if work.row["contract_type"] != "seconded_in":
            of_person[work.spell.person].append(work)
    for works in of_person.values():
        main = min(works, key=seniority)
        is_booked = main.row["contract_type"] == "casual" and main.row["swe_number"] in booked
        level = JOBS[main.row["job_role"]].level if main.is_in_dfe and not is_booked else "other_staff"
        found.add(("age", month, ORGANISATION, picture.organisation_id, f"{level}: {_age(picture, main, month)}"), 1)


def _age(picture: Picture, main: Work, month: int) -> str:
    """The age as last reported for the person. A snapshot reports it at its month end, a full history at every month end."""
    if picture.is_history:
        return band(main.row["date_of_birth"], last_day(month))
    told_in = picture.ages[main.spell.person]
    last = max((told_month for told_month in told_in if told_month <= month), default=min(told_in))
    return band(told_in[last], last_day(last))


def band(born: date | None, day: date) -> str:
    """The age band of somebody on a day."""
    if born is None:
        return "not known"
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return next(name for below, name in AGE_BANDS if age < below)
