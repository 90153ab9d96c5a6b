"""What happens in working lives, and how systems come to say it. Each event is a function of a walk through one life; its name is the event's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

from tests.lives.days import DAY, first_day, last_day, month_of
from tests.lives.life import Assignment, Booking, Change, Life, Post, Terms

REASONS = ("resignation", "retired", "dismissed", "deceased", "other", "voluntary_redundancy")
ORIGINS = ("newly_qualified", "other_council_england", "outside_social_care", "not_known")
SHARES = (1.0, 1.0, 1.0, 0.8, 0.6, 0.5)
Event = Callable[["Walk"], bool]
EVENTS: dict[str, Event] = {}


def event(happens: Event) -> Event:
    """Register an event under its function's name. It returns whether it could happen."""
    EVENTS[happens.__name__] = happens
    return happens


class Walk:
    """A walk through one life: the day it has come to, and the assignment held then."""

    def __init__(self, name: str, rng: Random, months: range, kind: str, teams: tuple[str, ...]) -> None:
        self.life, self.rng, self.months, self.kind, self.teams = Life(name), rng, months, kind, teams
        self.now = first_day(months[0]) + rng.randint(10, 90) * DAY
        self.numbers = 0
        self.employee = name
        self.swe: str | None = None if rng.random() < 0.05 else f"SW{name}"
        self.born = date(rng.randint(1958, 2000), rng.randint(1, 12), rng.randint(1, 28))
        self.job: Assignment | None = None

    @property
    def limit(self) -> date:
        """The last day on which an event may begin."""
        return last_day(self.months[-1] - 2)

    def wait(self, least: int = 20, most: int = 80) -> date:
        """Let so many days pass, and give the day."""
        self.now += self.rng.randint(least, most) * DAY
        return self.now

    def tell(self, text: str) -> None:
        self.life.story.append(text)

    def terms(self, day: date, **given: object) -> Terms:
        """Terms of a permanent social worker, otherwise as given."""
        usual: dict[str, object] = {
            "team": self.rng.choice(self.teams),
            "role": self.rng.choice(
                ("social_worker",) * 6 + ("senior_social_worker", "advanced_practitioner", "team_manager", "iro", "service_manager")
            ),
            "registered": True,
            "contract": "permanent",
            "fte": self.rng.choice(SHARES),
            "team_since": day,
        }
        return Terms(**(usual | given))  # type: ignore[arg-type]

    def take(self, start: date, terms: Terms, post: str | None = None, number: str | None = None, origin: str | None = None) -> Assignment:
        """Begin an assignment, in a post of its own unless one is given, under a number of its own unless one is given."""
        self.numbers += 1
        held = post or f"P{self.life.name}{self.numbers}"
        if post is None:
            self.life.posts.append(Post(held, terms.team, terms.role, terms.fte or 1.0, listed_from=max(month_of(start), self.months[0])))
        begun = Assignment(
            employee=self.employee,
            number=number or f"{self.life.name}/{self.numbers}",
            swe=self.swe if terms.registered or self.rng.random() < 0.9 else None,
            born=self.born,
            post=held,
            start=start,
            changes=[Change(start, terms, month_of(start))],
            origin=origin,
            listed_from=month_of(start),
        )
        self.life.assignments.append(begun)
        self.tell(f"{start}: {begun.number} begins in {held}: {terms.role}, {terms.contract}, {terms.fte} FTE, {terms.team}")
        return begun

    def book(self, team: str, start: date, end: date | None, hours: float, reason: str, post: str | None) -> None:
        """Book the person through an agency."""
        number = f"B{self.life.name}/{len(self.life.bookings) + 1}"
        self.life.bookings.append(
            Booking(number, f"W{self.life.name}", self.swe, team, "social_worker", True, start, end, hours, reason, post)
        )

    def is_in_post(self) -> bool:
        return self.job is not None and self.job.end is None

    def ordinary(self) -> Assignment | None:
        """The assignment held now if it is permanent, registered and children's social work with an FTE; else None."""
        job = self.job
        if (
            job is None
            or job.end is not None
            or job.terms.contract != "permanent"
            or not job.terms.registered
            or not job.terms.fte
            or job.terms.away
        ):
            return None
        return job

    def others_of(self, job: Assignment) -> list[Assignment]:
        """An assignment and all others that the same person holds now in social work: somebody is on the register, or off it, in all of them."""
        return [one for one in self.life.assignments if one.end is None and one.swe == job.swe and one.terms.registered]

    def leave(self, job: Assignment, day: date, reason: str | None = None, known_from: int | None = None) -> None:
        """An assignment ends. Somebody paid is paid to the month of the last day."""
        job.ends(day, reason or self.rng.choice(REASONS), known_from)
        if reason != "change_of_post" and self.rng.random() < 0.2:
            deleted = next((post for post in self.life.posts if post.post == job.post), None)
            if deleted is not None:
                deleted.listed_to = month_of(day)
                self.tell(f"{deleted.post} is deleted after that month")
        self.tell(f"{day}: last day of {job.number}, {job.reason}, in extracts from {max(job.ends_told)}")
        if job is self.job:
            self.job = None


def friday(walk: Walk, month: int) -> date:
    """A Friday of a month; half the time the last one, after which the month may end on the weekend."""
    last = last_day(month)
    while last.weekday() != 4:
        last -= DAY
    return last if walk.rng.random() < 0.5 else last - 7 * walk.rng.randint(1, 3) * DAY


def ordinary_friday(walk: Walk) -> date:
    """A Friday ahead, if possible before a weekend over a month end."""
    month = month_of(walk.wait())
    for ahead in range(4):
        last = last_day(month + ahead)
        if last.weekday() in (4, 5, 6) and walk.rng.random() < 0.6:
            walk.now = last - (last.weekday() - 4) * DAY
            return walk.now
    walk.now = max(friday(walk, month), walk.now - 7 * DAY)
    while walk.now.weekday() != 4:
        walk.now += DAY
    return walk.now


# People who come


@event
def hired(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin=walk.rng.choice(ORIGINS))
    if walk.rng.random() < 0.3:
        walk.job.listed_from -= 1
    return True


@event
def start_learnt_late(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin=walk.rng.choice(ORIGINS))
    walk.job.listed_from = month_of(start) + walk.rng.randint(1, 2)
    walk.job.changes[0] = replace(walk.job.changes[0], known_from=walk.job.listed_from)
    walk.now = max(walk.now, first_day(walk.job.listed_from))
    walk.tell(f"the start was first in the extract of month {walk.job.listed_from}")
    return True


@event
def start_corrected(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin=walk.rng.choice(ORIGINS))
    wrong = start + walk.rng.choice((-14, -7, 7, 14)) * DAY
    known = max(month_of(start), month_of(wrong))
    walk.job.listed_from = known
    walk.job.changes[0] = replace(walk.job.changes[0], known_from=known)
    walk.job.starts_told = {0: wrong, known + 1: start}
    walk.now = first_day(known + 2)
    walk.tell(f"the extract of month {known} gave {wrong} as the start")
    return True


@event
def withdrawn_offer(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = first_day(month_of(walk.wait()) + 1) + walk.rng.randint(2, 20) * DAY
    offer = walk.take(start, walk.terms(start))
    offer.listed_from = month_of(start) - 1
    offer.listed_to = offer.listed_from
    offer.changes[0] = replace(offer.changes[0], known_from=offer.listed_from)
    offer.end = start - DAY
    walk.tell(f"the offer of {offer.number} was withdrawn; the next extract does not have it")
    walk.now = start
    return True


@event
def start_withdrawn_by_an_end_before_it(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    offer = walk.take(start, walk.terms(start))
    offer.end = start - walk.rng.randint(1, 10) * DAY
    offer.ends_told = {month_of(start): (offer.end, "other")}
    offer.listed_to = month_of(start) + walk.rng.randint(0, 1)
    walk.tell(f"{offer.number} ends on {offer.end}, before it starts")
    return True


@event
def agency_made_permanent(walk: Walk) -> bool:
    if walk.job is not None:
        return False
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
    return True


@event
def arrived_with_the_function(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin="structural_transfer")
    return True


@event
def qualified_in_post(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10, 60)
    role = walk.rng.choice(("social_work_apprentice", "unregistered_social_worker"))
    walk.job = walk.take(start, walk.terms(start, role=role, registered=False))
    day = walk.wait(40, 120)
    walk.job.change(day, role="asye_social_worker", registered=True)
    walk.job.swe = walk.swe
    walk.tell(f"{day}: registered, {walk.job.terms.role}")
    return True


@event
def came_from_early_help(walk: Walk) -> bool:
    if walk.job is not None:
        return False
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
    return True


@event
def bank_worker(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(
        start, walk.terms(start, contract="casual", fte=0.0, role="social_worker", hours=walk.rng.choice((0.0, 7.4, 18.5)))
    )
    walk.job.change(first_day(month_of(walk.wait(40, 90))), hours=walk.rng.choice((0.0, 11.1, 22.2)))
    return True


@event
def seconded_in(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start, contract="seconded_in"))
    return True


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


@event
def joint_post_that_another_council_pays(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start, share=0))
    return True


@event
def agency_worker_with_two_bookings(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    begun = walk.wait(10)
    for team, hours in zip(walk.rng.sample(walk.teams, 2), (18.5, 11.1), strict=True):
        walk.book(team, begun, begun + 40 * DAY, hours, "project_team", None)
    walk.tell(f"{begun}: an agency worker in two teams for forty days")
    walk.now = begun + 45 * DAY
    return True


# People who go


@event
def left_as_told(walk: Walk) -> bool:
    if not walk.is_in_post() or walk.job is None:
        return False
    day = walk.wait(40)
    ahead = walk.rng.randint(0, 2)
    walk.leave(walk.job, day, known_from=month_of(day) - ahead)
    return True


@event
def left_on_the_last_day_of_a_month(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    walk.now = last_day(month_of(walk.wait(30)))
    walk.leave(job, walk.now)
    return True


@event
def leaving_learnt_late(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(30)
    walk.leave(job, day, known_from=month_of(day) + walk.rng.randint(1, 2))
    walk.now = first_day(max(job.ends_told) + 1)
    return True


@event
def planned_end_came_early(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(30)
    plan = last_day(month_of(day) + walk.rng.randint(2, 6))
    job.ends(day, "resignation")
    job.ends_told = {month_of(day) - walk.rng.randint(1, 3): (plan, "resignation")}
    job.listed_to = month_of(day) - 1
    walk.tell(f"{day}: {job.number} is gone, though {plan} was told as its end")
    walk.job = None
    return True


@event
def notice_withdrawn(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    month = month_of(walk.wait(30))
    plan = last_day(month + walk.rng.randint(1, 3)) - walk.rng.randint(0, 10) * DAY
    job.ends_told = {month: (plan, "resignation"), month + 1: (None, None)}
    walk.now = first_day(month + 2)
    walk.tell(f"the extract of {month} told {plan} as the end of {job.number}; the notice was withdrawn")
    return True


@event
def went_with_the_function(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    walk.leave(job, walk.wait(30), "structural_transfer")
    return True


@event
def moved_to_adults_services(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    walk.leave(job, walk.wait(30), "moved_outside_children")
    return True


@event
def ended_by_change_of_post_without_another(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    walk.leave(job, walk.wait(30), "change_of_post")
    return True


@event
def moved_to_early_help(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
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
    return True


@event
def permanent_to_agency(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
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
    return True


@event
def director_for_a_while(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
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
    return True


# People who go and come back


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


@event
def left_twice(walk: Walk) -> bool:
    if not _comes_back(walk, walk.rng.randint(20, 60), same_number=walk.rng.random() < 0.5) or walk.job is None:
        return False
    walk.leave(walk.job, walk.wait(30, 90))
    return True


@event
def number_given_to_somebody_else(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    walk.leave(job, walk.wait(30), "resignation")
    day = walk.wait(60, 120)
    walk.employee, walk.swe = f"{walk.life.name}z{walk.numbers}", f"SW{walk.life.name}z{walk.numbers}"
    walk.born = date(1990, 5, 5)
    walk.job = walk.take(day, walk.terms(day), number=job.number, origin="not_known")
    return True


@event
def changed_post_over_a_weekend(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = ordinary_friday(walk)
    walk.leave(job, day, walk.rng.choice(("change_of_post", None, "resignation")) or "change_of_post")
    back = day + 3 * DAY
    walk.job = walk.take(back, walk.terms(back), origin="change_of_post")
    walk.now = back
    return True


@event
def promoted_with_a_new_start_date(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(30)
    job.change(day, role="team_manager")
    job.starts_told[month_of(day)] = day
    walk.tell(f"{day}: promoted; the start date of {job.number} is now told as this day")
    return True


@event
def fixed_term_made_permanent(walk: Walk) -> bool:
    if walk.job is not None:
        return False
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
    return True


# People with two posts


def _second_post(walk: Walk, start: date, **terms: object) -> Assignment:
    return walk.take(start, walk.terms(start, **({"fte": 0.2, "role": "social_worker"} | terms)))


@event
def took_and_gave_up_a_second_post(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    job.change(walk.wait(20, 60), fte=0.6)
    second = _second_post(walk, walk.wait(20, 60))
    if walk.rng.random() < 0.6:
        day = walk.wait(40, 90)
        walk.life.story.append(f"{day}: gives up {second.number}")
        second.ends(day, "other")
    walk.job = job
    return True


@event
def two_posts_that_both_ended(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    contracts = walk.rng.choice((("fixed_term", 0.7, "permanent", 0.3), ("permanent", 0.7, "fixed_term", 0.3)))
    day = walk.wait(20, 60)
    job.change(day, contract=contracts[0], fte=contracts[1])
    second = _second_post(walk, walk.wait(1, 30), contract=contracts[2], fte=contracts[3], role="iro")
    day = walk.wait(60, 120)
    for one in (job, second):
        one.ends(day, "resignation")
        walk.tell(f"{day}: last day of {one.number}")
    walk.job = None
    return True


@event
def two_equal_posts(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    job.change(walk.wait(20, 40), fte=0.5)
    second = _second_post(walk, walk.now, fte=0.5, role=job.terms.role)
    if walk.rng.random() < 0.5:
        day = walk.wait(60, 100)
        second.ends(day, "other")
        walk.tell(f"{day}: gives up {second.number}")
    return True


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
    for one in (job, twin):
        one.ends(day, "resignation")
    walk.tell(f"{day}: last day of both")
    walk.job = None
    return True


# People who stay and change


@event
def changed_hours(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(20, 90)
    late = walk.rng.random() < 0.5
    job.change(day, known_from=month_of(day) + 1 if late else None, fte=walk.rng.choice((0.4, 0.7, 0.9)))
    walk.tell(f"{day}: {job.terms.fte} FTE" + (", told a month late" if late else ""))
    walk.now = first_day(month_of(day) + 2)
    return True


@event
def moved_team(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(20, 90)
    job.change(day, team=walk.rng.choice([one for one in walk.teams if one != job.terms.team]))
    walk.tell(f"{day}: moves to {job.terms.team}")
    return True


@event
def acted_up(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    role = job.terms.role
    day, back = walk.wait(20, 60), walk.wait(40, 90)
    job.change(day, role="team_manager")
    job.change(back, role=role)
    walk.tell(f"{day} to {back}: acts up as team manager")
    return True


@event
def career_break(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    fte, day = job.terms.fte, walk.wait(20, 60)
    job.change(day, fte=0.0, away="career_break")
    walk.tell(f"{day}: career break, written as FTE 0")
    back = walk.wait(60, 150)
    job.change(back, fte=fte, away=None)
    walk.tell(f"{back}: back from it")
    return True


@event
def fte_left_empty(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    fte, day = job.terms.fte, walk.wait(20, 60)
    job.change(day, fte=None)
    back = walk.wait(40, 100)
    job.change(back, fte=fte)
    walk.tell(f"{day} to {back}: the FTE is empty")
    return True


@event
def maternity_covered_by_an_employee(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
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
    return True


@event
def seconded_out(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day, back = walk.wait(20, 60), walk.wait(60, 150)
    job.change(day, away="seconded_out")
    job.change(back, away=None)
    walk.tell(f"{day} to {back}: seconded out")
    if walk.rng.random() < 0.6:
        gone = month_of(day) + 1
        job.hidden |= {gone, gone + 1} if walk.rng.random() < 0.4 else {gone}
        walk.tell(f"missing from extracts {sorted(job.hidden)}")
        walk.now = max(walk.now, first_day(max(job.hidden) + 2))
    return True


@event
def registration_lapsed_and_restored(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day, back = walk.wait(20, 60), walk.wait(30, 80)
    for one in walk.others_of(job):
        one.change(day, registered=False)
        one.change(back, registered=True)
    walk.tell(f"{day} to {back}: off the register")
    return True


@event
def registration_lost(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(20, 60)
    for one in walk.others_of(job):
        one.change(day, registered=False)
    walk.tell(f"{day}: off the register for good")
    return True


@event
def permanent_to_casual(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(20, 60)
    job.change(day, contract="casual", fte=0.0, hours=walk.rng.choice((7.4, 14.8)))
    walk.tell(f"{day}: becomes casual")
    return True


@event
def term_time_only(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(20, 60)
    job.change(day, weeks=walk.rng.choice((39.0, 44.5, 52.0)))
    walk.tell(f"{day}: {job.terms.weeks} weeks a year")
    return True


@event
def joint_post(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(20, 60)
    job.change(day, share=walk.rng.choice((40, 50, 60)))
    walk.tell(f"{day}: the council pays {job.terms.share} per cent")
    return True


# What extracts do wrong


@event
def missing_from_one_extract(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    month = month_of(walk.wait(30))
    job.hidden |= {month}
    walk.tell(f"missing from the extract of {month}, though at work")
    walk.now = first_day(month + 2)
    return True


@event
def missing_while_paid(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    month = month_of(walk.wait(30))
    job.hidden |= {month} if walk.rng.random() < 0.5 else {month, month + 1}
    walk.life.paid.setdefault(walk.employee, set()).update({month, month + 1})
    walk.tell(f"missing from extracts {sorted(job.hidden)} while payroll pays")
    walk.now = first_day(month + 3)
    return True


@event
def missing_while_absent(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    month = month_of(walk.wait(30))
    job.hidden |= {month}
    walk.life.absences.append((walk.employee, first_day(month) - walk.rng.randint(0, 40) * DAY, None))
    walk.tell(f"missing from the extract of {month} while an absence is open")
    walk.now = first_day(month + 2)
    return True


@event
def gone_but_paid_once_more(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    day = walk.wait(30)
    walk.leave(job, day, "resignation")
    job.ends_told = {}
    job.listed_to = month_of(day) - 1
    walk.life.paid.setdefault(walk.employee, set()).add(month_of(day))
    walk.tell("gone without an end date, and paid once more")
    return True


@event
def row_rejected(walk: Walk) -> bool:
    job = walk.ordinary()
    if job is None:
        return False
    month = month_of(walk.wait(30))
    job.rejected[month] = walk.rng.choice(("number", "number", "person", "nothing"))
    walk.tell(f"the row of {month} is rejected; of it {job.rejected[month]} can be read")
    if walk.rng.random() < 0.4:
        walk.leave(job, first_day(month + 1) + 10 * DAY)
        job.ends_told, job.listed_to = {}, month
        walk.tell("no later extract has the row")
    walk.now = first_day(month + 2)
    return True


@event
def first_row_rejected(walk: Walk) -> bool:
    if walk.job is not None:
        return False
    start = walk.wait(10)
    walk.job = walk.take(start, walk.terms(start), origin="not_known")
    walk.job.rejected[month_of(start)] = "number"
    walk.tell(f"the first row, of {month_of(start)}, is rejected")
    walk.now = first_day(month_of(start) + 2)
    return True
