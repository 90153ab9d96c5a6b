"""What happens to people and teams besides starting and leaving. None of it changes a published figure."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from samples.establishment import Establishment, new_post
from samples.months import ONE_DAY, month_after, month_ends
from samples.population import Staff
from samples.structure import DASH
from samples.truth import FRONTLINE, Assignment, Council, Slip, Timeline

MANY_ROWS = 60
ASSESSED_YEAR = timedelta(days=366)
MADE_PERMANENT = 0.3
SWAPS_A_YEAR = 4
PROMOTIONS_A_YEAR = 2
NEXT_GRADE = {"social_worker": "senior_social_worker", "senior_social_worker": "advanced_practitioner"}
REORGANISED_ON = date(2025, 4, 1)
REORGANISED_TEAM, NEW_TEAM_NUMBER = 2, 90
RENAMED_ON = date(2024, 7, 1)
RENAMED_TEAM = 1
ENOUGH_STAFF = 20
ACCEPTED = 3
MISTYPED = "I.0"  # the letter, not the digit


def finish_assessed_years(council: Council, opening: date, random: Random) -> None:
    """A year after the assessed and supported year began, the person's role and the post's become social worker."""
    for assignment in council.assignments:
        if "asye_social_worker" not in assignment.role.values or assignment.post is None:
            continue
        began = assignment.role.days[assignment.role.values.index("asye_social_worker")]
        began = max(began, assignment.start)
        day = began + ASSESSED_YEAR
        if began <= opening:
            day = opening + timedelta(days=random.randint(5, 330))
        post = assignment.post_at(day)
        if assignment.in_place(day) and assignment.role.at(day) == post.role.at(day) == "asye_social_worker":
            post.role.set(day, "social_worker")
            for holder in post.holders if assignment in post.holders else [assignment]:
                if holder.in_place(day):
                    holder.role.set(day, "social_worker")


def make_permanent(council: Council, last: date, random: Random) -> None:
    """Some fixed terms become permanent in the same assignment."""
    for assignment in council.assignments:
        day = assignment.start + timedelta(days=random.randint(250, 500))
        if assignment.contract.last == "fixed_term" and assignment.in_place(day) and day <= last and random.random() < MADE_PERMANENT:
            assignment.contract.set(day, "permanent")


def move_between_teams(council: Council, first: date, last: date, random: Random) -> None:
    """Pairs with the same role and hours change places. Their posts' vacancies do not change."""
    for _ in range(SWAPS_A_YEAR * max(1, (last - first).days // 365)):
        day = first + timedelta(days=random.randint(30, (last - first).days - 40))
        able = settled(council, day)
        random.shuffle(able)
        for candidate in able[:20]:
            other = next((two for two in able if _can_swap(candidate, two, day)), None)
            if other is not None:
                first_post, second_post = candidate.post_at(day), other.post_at(day)
                for assignment, old, new in ((candidate, first_post, second_post), (other, second_post, first_post)):
                    assert assignment.post is not None
                    assignment.post.set(day, new)
                    assignment.team_start.set(day, day)
                    old.holders.remove(assignment)
                    new.holders.append(assignment)
                break


def settled(council: Council, day: date) -> list[Assignment]:
    """Frontline staff with a single post from before a day to the end of the time played, on the same terms."""
    return [
        assignment
        for assignment in council.assignments
        if assignment.post is not None
        and assignment.end is None
        and assignment.start < day - timedelta(days=100)
        and assignment.registered.at(day)
        and assignment.number == 1
        and not assignment.protected
        and assignment.role.days[-1] < day
        and assignment.role.last in FRONTLINE
        and assignment.fte.days[-1] < day
        and assignment.post.days[-1] < day
        and assignment.post.last.holders == [assignment]
        and assignment.post.last.budget.days[-1] < day
        and assignment.post.last.role.days[-1] < day
        and len(assignment.absence.values) == 1
    ]


def _can_swap(assignment: Assignment, other: Assignment, day: date) -> bool:
    return (
        assignment.post_at(day).team.last is not other.post_at(day).team.last
        and assignment.role.last == other.role.last
        and assignment.fte.last == other.fte.last
    )


def promote(council: Council, first: date, last: date, random: Random) -> None:
    """A change of post within the service: the old assignment ends, the next begins on the day after, in a regraded post.

    Never over a month end, so that the person is in post at each.
    """
    for _ in range(PROMOTIONS_A_YEAR * max(1, (last - first).days // 365)):
        day = (first + timedelta(days=random.randint(30, (last - first).days - 40))).replace(day=random.randint(3, 27))
        able = [assignment for assignment in settled(council, day) if assignment.role.last in NEXT_GRADE]
        if not able:
            return
        old = random.choice(able)
        change_post(council, old, day - ONE_DAY, day, NEXT_GRADE[old.role.last])


def change_post(council: Council, old: Assignment, last: date, first: date, role: str) -> None:
    """End an assignment on a last day and begin the person's next on a first day, in a post in place of the old one."""
    old_post = old.post_at(last)
    post = new_post(council, first, old_post.budget.last, role, old_post.team.last)
    new = Assignment(
        person=old.person,
        number=1 + sum(assignment.person is old.person for assignment in council.assignments),
        start=first,
        start_origin="change_of_post",
        role=Timeline(role),
        registered=Timeline(True),
        contract=Timeline(old.contract.last),
        fte=Timeline(old.fte.last),
        team_start=Timeline(old.team_start.last),
        absence=Timeline(None),
        post=Timeline(post),
        protected=True,
    )
    council.assignments.append(new)
    post.holders.append(new)
    old.end, old.leaving_reason = last, "change_of_post"
    old_post.deleted = first
    old_post.holders.remove(old)


def reorganise(council: Council, last: date) -> None:
    """A team continues under another number and name. HR's system restarts everybody's time in the team on that day."""
    if last <= REORGANISED_ON or len(council.teams) <= REORGANISED_TEAM:
        return
    team = council.teams[REORGANISED_TEAM]
    old = team.number.last
    team.number.set(REORGANISED_ON, NEW_TEAM_NUMBER)
    team.name.set(REORGANISED_ON, team.name.last.split(DASH)[0] + DASH + "Family Help and Protection")
    council.team_changes.append((REORGANISED_ON, old, NEW_TEAM_NUMBER))
    for assignment in council.assignments:
        if assignment.post is not None and assignment.in_place(REORGANISED_ON) and assignment.post_at(REORGANISED_ON).team.last is team:
            assignment.team_start.set(REORGANISED_ON, REORGANISED_ON)


def rename_team(council: Council) -> None:
    """A team gets another name and keeps its number."""
    if len(council.teams) > RENAMED_TEAM:
        team = council.teams[RENAMED_TEAM]
        team.name.set(RENAMED_ON, f"{team.name.last} and Partnerships")


def announce_starters(staff: Staff, establishment: Establishment, last: date) -> None:
    """People who have accepted a post and start after the last month that is delivered."""
    if len(staff.stock) < ENOUGH_STAFF:
        return
    for place, post in enumerate(establishment.vacant(last)[:ACCEPTED]):
        start = date(last.year, 10 + place % 2, 1 + 5 * place)
        starter = staff.engage(start, min(100, post.budget.last), "other_council_england")
        starter.start_known = last
        starter.role = Timeline(post.role.last)
        starter.post = Timeline(post)
        post.frozen.set(last, False)


def slip(council: Council, first: date, last: date, random: Random) -> None:
    """Typing errors of single months, never of a September: FTE left empty or 0, and two rows that break the contract.

    None in a council so small that one or two rows would be too large a share to be believed.
    """
    if len(council.assignments) < MANY_ROWS:
        return
    months = [day for day in month_ends(first, last) if day.month != 9]
    # Never the first month, because the FTE at the start is a published figure.
    there = [
        assignment
        for assignment in council.assignments
        if assignment.end is None and assignment.start < first.replace(day=1) and assignment.person not in council.lived
    ]
    frontline = [assignment for assignment in there if assignment.registered.at(first) and assignment.role.at(first) in FRONTLINE]
    others = [assignment for assignment in there if not assignment.registered.last]
    for place, assignment in enumerate(random.sample(frontline, min(3, len(frontline) // 10))):
        council.slips.append(Slip(assignment, random.choice(months), "fte", MISTYPED if place == 2 else None))
    support = [assignment for assignment in others if assignment.role.last == "business_support"]
    if support:
        council.slips.append(Slip(support[0], random.choice(months), "job_role", None))
    early_help = [assignment for assignment in others if assignment.role.last in ("early_help_worker", "family_support_worker")]
    if early_help:
        council.slips.append(Slip(early_help[0], month_after(random.choice(months[:-2])) if len(months) > 2 else months[0], "fte", 0.0))
    council.slips = [slip for slip in council.slips if slip.month_end.month != 9]
