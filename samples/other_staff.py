"""Staff who are not counted as social workers: early help, education, business support, trainees, and the director."""

from __future__ import annotations

from datetime import date, timedelta

from samples.establishment import new_post
from samples.population import Staff
from samples.structure import OTHER_TEAMS
from samples.truth import Assignment, Booking, Person, Post, Timeline

SHARE = 0.25
LEAVE_A_YEAR = 0.12
LEAST_TRAINEES = 2


def add_trainees(staff: Staff, day: date, count: int) -> None:
    """Staff in training posts on the payroll, some of whom will qualify."""
    random = staff.random
    for _ in range(count):
        start = day - timedelta(days=random.randint(200, 900))
        trainee = _engage_other(
            staff, start, random.choice((100, 100, 100, 80)), random.choice(("social_work_apprentice", "unregistered_social_worker"))
        )
        post = new_post(staff.council, start, trainee.fte.last, trainee.role.last, random.choice(staff.council.teams))
        _hold(trainee, post)
        trainee.person = Person(trainee.person.number, trainee.person.born, f"SW{100000 + trainee.person.number * 37}")
        staff.trainees.append(trainee)


def add_other_staff(staff: Staff, heads: int, opening: date, last: date) -> None:
    """Posts outside social work with their holders over the whole time. Some holders leave and are replaced, some posts stay vacant."""
    random = staff.random
    _add_director(staff, opening)
    _add_office_temp(staff, opening)
    count = max(len(OTHER_TEAMS) + 2, round(heads * SHARE))
    for place in range(count):
        team_place = place % len(OTHER_TEAMS)
        team = staff.council.other_teams[team_place]
        role = random.choice(OTHER_TEAMS[team_place][2])
        fte = random.choice((100, 100, 100, 80, 60, 50))
        start = opening - timedelta(days=random.randint(60, 2500))
        post = new_post(staff.council, start - timedelta(days=100), fte, role, team)
        if place % 9 == 8:
            start = opening + timedelta(days=random.randint(100, 900))
            if role == "early_help_worker":
                _add_agency(staff, post, start)
            else:
                post.frozen = Timeline(True)
                post.frozen.set(start, False)
        _fill_until(staff, post, fte, start, opening, last)


def _fill_until(staff: Staff, post: Post, fte: int, start: date, opening: date, last: date) -> None:
    random = staff.random
    while start <= last:
        assignment = _engage_other(staff, start, fte, post.role.last)
        _hold(assignment, post)
        if random.random() < 0.04:
            assignment.contract = Timeline("seconded_in")
        end = max(start, opening) + timedelta(days=int(random.expovariate(LEAVE_A_YEAR / 365)) + 20)
        if end > last:
            return
        assignment.end, assignment.leaving_reason = end, random.choice(("resignation", "resignation", "retired", "other"))
        start = end + timedelta(days=random.randint(20, 150))


def _add_director(staff: Staff, opening: date) -> None:
    """Registered, but outside the census."""
    start = opening - timedelta(days=900)
    director = _engage_other(staff, start, 100, "director")
    director.person = Person(director.person.number, date(1968, 5, 17), f"SW{100000 + director.person.number * 37}")
    director.registered = Timeline(True)
    _hold(director, new_post(staff.council, start, 100, "director", staff.council.other_teams[-1]))


def _add_agency(staff: Staff, post: Post, until: date) -> None:
    """An agency worker who is not a social worker."""
    council = staff.council
    council.last_booking += 1
    number = council.last_booking
    booking = Booking(number, number, until - timedelta(days=100), 100, 37, "vacancy", post.role.last, False, post, None, 24.5)
    booking.end = until - timedelta(days=3)
    council.bookings.append(booking)


def _add_office_temp(staff: Staff, opening: date) -> None:
    """An agency worker in the office all the time, so that the extract of bookings is never empty."""
    council = staff.council
    council.last_booking += 1
    number, team = council.last_booking, council.other_teams[-1]
    start = opening - timedelta(days=120)
    council.bookings.append(Booking(number, number, start, 60, 37, "other", "business_support", False, None, team, 16.25))


def _engage_other(staff: Staff, start: date, fte: int, role: str) -> Assignment:
    assignment = staff.engage(start, fte, "outside_social_care")
    assignment.person = Person(assignment.person.number, assignment.person.born, None)
    assignment.role = Timeline(role)
    assignment.registered = Timeline(False)
    return assignment


def _hold(assignment: Assignment, post: Post) -> None:
    assignment.post = Timeline(post)
    post.holders.append(assignment)
