"""Agency bookings: what is booked at each 30 September adds up exactly, and each cover names a post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from samples.calibrate import Figures
from samples.establishment import Establishment
from samples.hundredths import split
from samples.months import ONE_DAY, census_end, census_start
from samples.truth import SOCIAL_WORK, Assignment, Booking, Post, Team

STANDARD_HOURS = 37
LONG_WEEK = 150  # a booking above full-time hours, if the published FTE leaves no other way
KEPT_ON = 0.5
EARLY = 1.6  # a gap is covered sooner rather than later
SHORT_COVER = 40
HALF_TIME = 50
RATES = {"social_worker": 38.5, "senior_social_worker": 41.0, "advanced_practitioner": 44.0, "team_manager": 50.0}
OTHER_RATE = 46.0


@dataclass(eq=False)
class Planned:
    """A booking that must be in place at 30 September."""

    fte: int
    covers_vacancy: bool
    case_holder: bool = False
    booking: Booking | None = None


def plan_bookings(figures: Figures, random: Random) -> list[Planned]:
    """Bookings at 30 September, with exactly the published FTE, cover and heads. None if agency was not published."""
    total, heads, cover = figures.agency_fte, figures.agency_headcount, figures.agency_cover_fte
    if total is None or heads is None or cover is None:
        return []
    cover = min(cover, total)
    rest = total - cover
    if total == 0:
        return [Planned(0, covers_vacancy=False) for _ in range(heads)]
    fewest = -(-cover // 100)
    most = heads - -(-rest // 100)
    covering = round(heads * cover / total)
    if fewest <= most:
        covering = max(fewest, min(most, covering))
    covering = min(max(covering, 1 if cover else 0), heads - (1 if rest else 0), cover)
    longest = 100 if fewest <= most else LONG_WEEK
    planned = [Planned(fte, True) for fte in split(cover, covering, random, longest)]
    return planned + [Planned(fte, False) for fte in split(rest, heads - covering, random, longest)]


@dataclass
class Bookings:
    """The live bookings of a council, carried from one September to the next."""

    establishment: Establishment
    random: Random

    def __post_init__(self) -> None:
        self.beside: list[Booking] = []

    def play(self, planned: list[Planned], figures: Figures, away: list[Assignment]) -> dict[Post, int]:
        """End, continue and start bookings over a year, up to those planned for its 30 September.

        `away` are people on a long absence, whose posts may be covered. Returns the vacant posts that are covered at
        30 September with the budget that each must keep.
        """
        first, last = census_start(figures.year), census_end(figures.year)
        held_over = self._carry_on(planned, first, last)
        covered = self._cover_vacancies([booking for booking in planned if booking.covers_vacancy], figures, held_over)
        self._book_others([booking for booking in planned if not booking.covers_vacancy], first, last, away)
        share = min(1.0, (figures.agency_cover_fte or 0) / max(1, figures.vacancy_fte or 1))
        self._cover_in_between(first, share)
        self.establishment.cover = {
            booking.booking.post: booking.booking
            for booking in planned
            if booking.booking and booking.covers_vacancy and booking.booking.post in covered
        }
        live = list(self.establishment.cover.values())
        self.beside = [booking.booking for booking in planned if booking.booking and booking.booking not in live]
        return covered

    def _carry_on(self, planned: list[Planned], first: date, last: date) -> dict[Post, date]:
        """Continue some bookings into the next September. The others end on some day of the year."""
        ended: dict[Post, date] = {}
        for booking in [*self.establishment.cover.values(), *self.beside]:
            post, covers = booking.post, booking.reason == "vacancy"
            if post is not None and post.deleted is not None:
                booking.end = max(booking.start, post.deleted)
                continue
            vacant = post is not None and post.vacant_since is not None and post.budget.last == booking.fte
            needed = post is None or (vacant if covers else bool(post.holders))
            same = next(
                (
                    other_booking
                    for other_booking in planned
                    if not other_booking.booking and other_booking.covers_vacancy == covers and other_booking.fte == booking.fte
                ),
                None,
            )
            if same is not None and needed and self.random.random() < KEPT_ON:
                same.booking = booking
                continue
            booking.end = self._between(max(first, booking.start), last - timedelta(days=25))
            if post is not None:
                post.booked_until = max(post.booked_until, booking.end)
                ended[post] = booking.end
        return ended

    def _cover_vacancies(self, planned: list[Planned], figures: Figures, ended: dict[Post, date]) -> dict[Post, int]:
        first, last = census_start(figures.year), census_end(figures.year)
        vacancy = figures.vacancy_fte if figures.vacancy_fte is not None else 10**6
        covered = {booking.booking.post: booking.fte for booking in planned if booking.booking and booking.booking.post}
        left = vacancy - sum(covered.values())
        free = [post for post in self.establishment.vacant(last - timedelta(days=5)) if post not in covered]
        free.sort(key=lambda post: (post in ended, post.vacant_since or last, post.number))
        for booking in planned:
            if booking.booking is not None:
                continue
            if booking.fte > left:
                booking.booking = self._book(booking, self._between(first, last), self.random.choice(self.establishment.posts), "vacancy")
                continue
            exact = [post for post in free if post.budget.last == booking.fte]
            if exact or free:
                post = exact[0] if exact else free[0]
                free.remove(post)
            else:
                made = self._between(first, last - timedelta(days=30)).replace(day=1)
                post = self.establishment.make_post(max(first, made), booking.fte)
                post.vacant_since = max(first, made) - ONE_DAY
            assert post.vacant_since is not None
            earliest = max(first, post.vacant_since + ONE_DAY, ended.get(post, first) + ONE_DAY, post.budget.days[-1])
            day = self._between(earliest, last - timedelta(days=1), EARLY)
            if post.budget.last != booking.fte:
                post.budget.set(day, booking.fte)
            booking.booking = self._book(booking, day, post, "vacancy")
            covered[post] = booking.fte
            left -= booking.fte
        return covered

    def _book_others(self, planned: list[Planned], first: date, last: date, away: list[Assignment]) -> None:
        """Cover for people away, a project team on top of the establishment, and a few bookings for something else."""
        named = {booking.booking.post for booking in planned if booking.booking}
        free = [assignment for assignment in away if assignment.post and assignment.post.last not in named]
        for booking in planned:
            if booking.booking is not None:
                continue
            day = self._between(first, last - ONE_DAY, EARLY)
            if free and self.random.random() < 0.7:
                booking.booking = self._book(booking, day, free.pop().post_at(last), "absence")
            else:
                reason = "project_team" if self.random.random() < 0.85 else "other"
                booking.booking = self._book(booking, day, None, reason, self._project_team())

    def _cover_in_between(self, first: date, share: float) -> None:
        """Cover some of the posts that became vacant and were filled within the year."""
        for post, vacated, filled in self.establishment.filled:
            earliest = max(first, vacated + timedelta(days=7), post.booked_until + ONE_DAY)
            if (filled - earliest).days < SHORT_COVER or post.budget.at(earliest) < HALF_TIME or self.random.random() > share * 0.6:
                continue
            if any(booking.post is post and (booking.end is None or booking.end >= earliest) for booking in self._bookings()):
                continue
            booking = self._book(Planned(post.budget.at(earliest), True), earliest, post, "vacancy")
            booking.end = filled - timedelta(days=self.random.randint(1, 12))
            post.booked_until = booking.end

    def _bookings(self) -> list[Booking]:
        return self.establishment.council.bookings[-400:]

    def _book(self, planned: Planned, day: date, post: Post | None, reason: str, team: Team | None = None) -> Booking:
        council = self.establishment.council
        council.last_booking += 1
        role = post.role.at(day) if post else "social_worker"
        booking = Booking(
            number=council.last_booking,
            worker=council.last_booking,
            start=day,
            fte=planned.fte,
            standard_hours=STANDARD_HOURS,
            reason=reason,
            # Agency social workers are experienced. Nobody books one as newly qualified or as a trainee.
            role="social_worker" if role == "asye_social_worker" or role not in SOCIAL_WORK else role,
            registered=True,
            post=post,
            team=team,
            charge_rate=RATES.get(role, OTHER_RATE) + self.random.randint(-4, 8) * 0.5,
        )
        council.bookings.append(booking)
        return booking

    def _project_team(self) -> Team:
        front = self.establishment.council.teams
        return front[1] if len(front) > 1 else front[0]

    def _between(self, first: date, last: date, early: float = 1.0) -> date:
        """A day from first to last. The higher `early` is, the more likely a day soon after the first."""
        if last <= first:
            return first
        return first + timedelta(days=int(((last - first).days + 1) * self.random.random() ** early))
