"""Who is in post, who starts and who leaves: a year's movements that add up exactly to the published figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from samples.calibrate import Figures
from samples.hundredths import FULL_TIME, NoExactSum, adjust, split
from samples.months import ONE_DAY, census_end, census_start, end_of_month, month_after, month_before
from samples.truth import Assignment, Council, Person, Timeline

LEAVING_REASONS = (("resignation", 68), ("retired", 12), ("moved_outside_children", 6), ("other", 5), ("dismissed", 3), ("not_known", 6))
ORIGINS = (
    ("newly_qualified", 30),
    ("other_council_england", 38),
    ("agency", 8),
    ("outside_england", 8),
    ("other_social_work", 6),
    ("outside_social_care", 4),
    ("not_known", 6),
)
# At most one in six published starters qualified in post. The Department counts them as starters.
QUALIFY_AT_MOST = 6
FEW = 10


@dataclass
class Moves:
    """What happens to registered staff in one census year. The establishment is played from it."""

    leavers: list[Assignment] = field(default_factory=list)
    starters: list[Assignment] = field(default_factory=list)
    transferred_in: list[Assignment] = field(default_factory=list)
    transferred_out: list[Assignment] = field(default_factory=list)
    qualified: list[tuple[date, Assignment]] = field(default_factory=list)
    fte_changes: list[tuple[date, Assignment]] = field(default_factory=list)


@dataclass
class Staff:
    """Registered staff in post at the close of the last census year played, and the trainees who may qualify."""

    council: Council
    random: Random
    stock: list[Assignment] = field(default_factory=list)
    trainees: list[Assignment] = field(default_factory=list)

    def play(self, figures: Figures, late_allowed_in_september: bool) -> Moves:
        """Draw a year's leavers, starters, transfers and changes of hours. The stock is then that of 30 September."""
        moves = Moves()
        rest = self.unexplained(figures)
        self._transfer(moves, figures.year, coming=max(0, rest), going=max(0, -rest))
        self._qualify(moves, figures)
        self._leave_and_start(moves, figures)
        _record_late(moves, self.random, late_allowed_in_september)
        self._fit_september(moves, figures)
        return moves

    def heads(self) -> int:
        """People in post, however many posts they hold."""
        return len({assignment.person.number for assignment in self.stock})

    def unexplained(self, figures: Figures) -> int:
        """Heads of the next September that starters and leavers do not explain."""
        return figures.inpost_headcount - self.heads() - figures.starters_headcount + figures.leavers_headcount

    def will_qualify(self, figures: Figures) -> int:
        """How many of the next year's published starters are trainees who qualify in post."""
        return figures.starters_headcount // QUALIFY_AT_MOST

    def engage(self, start: date, fte: int, origin: str | None, person: Person | None = None) -> Assignment:
        """A new assignment, of somebody new unless a person is given."""
        number = 1
        if person is None:
            number_of_person = self.council.next_person()
            born = start - timedelta(days=self.random.randint(23 * 365, 60 * 365))
            person = Person(number_of_person, born, f"SW{100000 + number_of_person * 37}")
        else:
            number += sum(assignment.person is person for assignment in self.council.assignments)
        fixed = self.random.random() < (0.12 if origin else 0.05)
        found = Assignment(
            person=person,
            number=number,
            start=start,
            start_origin=origin,
            role=Timeline("social_worker"),
            registered=Timeline(True),
            contract=Timeline("fixed_term" if fixed else "permanent"),
            fte=Timeline(fte),
            team_start=Timeline(start),
            absence=Timeline(None),
        )
        self.council.assignments.append(found)
        return found

    def _transfer(self, moves: Moves, year: int, coming: int, going: int) -> None:
        """Services that join or leave the council on 1 April, with their staff."""
        first_of_april = date(year, 4, 1)
        for _ in range(coming):
            assignment = self.engage(first_of_april, self.random.choice((100, 100, 100, 80)), "structural_transfer")
            assignment.team_start = Timeline(first_of_april - timedelta(days=self.random.randint(200, 2500)))
            moves.transferred_in.append(assignment)
        for person in self._draw_people(going, set()):
            for assignment in self._held_by(person):
                self._end(assignment, first_of_april - ONE_DAY, "structural_transfer")
                moves.transferred_out.append(assignment)

    def _qualify(self, moves: Moves, figures: Figures) -> None:
        """Trainees who qualify in post are among the published starters. The other starters must be able to have the rest of the FTE."""
        year, spare = figures.year, figures.starters_headcount * FULL_TIME - figures.starters_fte
        qualifying: list[Assignment] = []
        for trainee in self.trainees:
            if len(qualifying) < self.will_qualify(figures) and FULL_TIME - trainee.fte.last <= spare:
                qualifying.append(trainee)
                spare -= FULL_TIME - trainee.fte.last
        first, last = census_start(year) + timedelta(days=30), census_end(year) - timedelta(days=20)
        days = sorted(_spread(len(qualifying), first, last, self.random))
        for day, assignment in zip(days, qualifying, strict=True):
            assignment.registered.set(day, True)
            assignment.role.set(day, "asye_social_worker")
            moves.qualified.append((day, assignment))
        self.trainees = [assignment for assignment in self.trainees if assignment not in qualifying]

    def _leave_and_start(self, moves: Moves, figures: Figures) -> None:
        random = self.random
        first, last = census_start(figures.year), census_end(figures.year)
        leaving, starting = figures.leavers_headcount, figures.starters_headcount - len(moves.qualified)
        short_stays = min(leaving // FEW, starting // FEW, 3)
        taken = {assignment.person for assignment in moves.transferred_out}
        available = len({assignment.person for assignment in self.stock} - taken)
        short_stays = max(short_stays, leaving - available)
        rehires = 1 if leaving - short_stays > FEW and starting - short_stays > FEW else 0

        people = self._draw_people(leaving - short_stays, taken)
        for leaver, day in zip(people, _leaving_days(len(people), first, last, random), strict=True):
            for assignment in self._held_by(leaver):
                self._end(assignment, day, random.choices(*zip(*LEAVING_REASONS, strict=True))[0])
                moves.leavers.append(assignment)

        ftes = split(figures.starters_fte - sum(assignment.fte.last for _, assignment in moves.qualified), starting, random)
        days = _starting_days(starting, first, last, random)
        back = [
            assignment
            for assignment in moves.leavers
            if assignment.end and assignment.end < date(figures.year, 3, 1) and assignment.person.born > date(1965, 1, 1)
        ]
        for place, (day, fte) in enumerate(zip(days, ftes, strict=True)):
            person: Person | None = None
            if rehires and back and place > starting // 2 and day > (back[0].end or last) + timedelta(days=60):
                person, rehires = back[0].person, 0
            origin = "other_council_england" if person else random.choices(*zip(*ORIGINS, strict=True))[0]
            starter = self.engage(day, fte, origin, person)
            starter.protected = person is not None
            if random.random() < 0.4:
                starter.start_known = month_before(day) if random.random() < 0.7 else month_before(month_before(day))
            moves.starters.append(starter)
        early = [assignment for assignment in moves.starters if not assignment.protected and assignment.start < last - timedelta(days=90)]
        if len(early) < short_stays:
            early = sorted(moves.starters, key=lambda assignment: assignment.start)
        for starter in random.sample(early, short_stays):
            starter.end = starter.start + (last - starter.start) * random.uniform(0.4, 0.95)
            starter.leaving_reason = "resignation"
            moves.leavers.append(starter)
        self._fit_leavers(moves, figures.leavers_fte, first)

        gone = set(moves.leavers) | set(moves.transferred_out)
        joined = moves.starters + moves.transferred_in + [assignment for _, assignment in moves.qualified]
        self.stock = [assignment for assignment in self.stock + joined if assignment not in gone]

    def _fit_leavers(self, moves: Moves, total: int, first: date) -> None:
        """Some leavers cut their hours before they left, so that leavers' FTE is the published figure."""
        values = [assignment.fte.last for assignment in moves.leavers]
        for place, value in adjust(values, total, self.random, most=_limits(moves.leavers, moves.leavers)).items():
            leaver = moves.leavers[place]
            assert leaver.end is not None
            earliest = min(max(first, _first_full_month(leaver.start)), leaver.end)
            self.change_hours(moves, leaver, earliest + (leaver.end - earliest) * self.random.random(), value)

    def _fit_september(self, moves: Moves, figures: Figures) -> None:
        """People who stay change their hours, so that FTE in post at 30 September is the published figure."""
        random = self.random
        last = census_end(figures.year)
        movable = [assignment for assignment in self.stock if not assignment.protected and _first_full_month(_came(assignment)) < last]
        random.shuffle(movable)
        movable.sort(key=lambda assignment: assignment.start >= census_start(figures.year))
        fixed = sum(assignment.fte.last for assignment in self.stock) - sum(assignment.fte.last for assignment in movable)
        drawn = [assignment.fte.last for assignment in movable]
        for place in range(0, len(movable) // 60):
            drawn[-1 - place] = 80 if drawn[-1 - place] != 80 else 100
        try:
            changed = adjust(drawn, figures.inpost_fte - fixed, random, range(len(drawn)), _limits(movable, self.stock))
        except NoExactSum:
            movable = [assignment for assignment in self.stock if assignment.number == 1]
            fixed = sum(assignment.fte.last for assignment in self.stock) - sum(assignment.fte.last for assignment in movable)
            drawn = [assignment.fte.last for assignment in movable]
            changed = adjust(drawn, figures.inpost_fte - fixed, random, range(len(drawn)), _limits(movable, self.stock))
        for place, value in changed.items():
            drawn[place] = value
        for assignment, value in zip(movable, drawn, strict=True):
            if assignment.fte.last != value:
                earliest = max(census_start(figures.year) + ONE_DAY, _first_full_month(_came(assignment)))
                day = min(last, earliest + max(last - earliest, timedelta()) * random.uniform(0.05, 0.9))
                self.change_hours(moves, assignment, day, value)

    def change_hours(self, moves: Moves, assignment: Assignment, day: date, value: int) -> None:
        """Change somebody's FTE, not before the last change of it."""
        day = max(day, assignment.fte.days[-1])
        assignment.fte.set(day, value)
        moves.fte_changes.append((day, assignment))

    def _end(self, assignment: Assignment, day: date, reason: str) -> None:
        assignment.end = day
        assignment.leaving_reason = reason
        if reason == "resignation" and self.random.random() < 0.5:
            assignment.end_known = month_before(day)

    def _held_by(self, person: Person) -> list[Assignment]:
        return [assignment for assignment in self.stock if assignment.person is person]

    def _draw_people(self, count: int, without: set[Person]) -> list[Person]:
        """People who leave. Fixed-term and recently started staff are more likely, protected people come last."""
        people: dict[Person, float] = {}
        for assignment in self.stock:
            if assignment.person in without or (assignment.number > 1 and assignment.protected):
                continue
            weight = 1.5 if assignment.contract.last == "fixed_term" else 1.0
            score = self.random.random() ** (1 / weight) - (2 if assignment.protected else 0)
            people[assignment.person] = min(score, people.get(assignment.person, score))
        return sorted(people, key=lambda person: (-people[person], person.number))[:count]


def _first_full_month(start: date) -> date:
    """The day from which hours may change. The first extract shows the hours at the start."""
    return end_of_month(start) + ONE_DAY


def _came(assignment: Assignment) -> date:
    """The day from which somebody counts as a social worker: the first day, or the day of qualifying in post."""
    return max(assignment.start, assignment.registered.days[-1])


def _limits(movable: list[Assignment], stock: list[Assignment]) -> list[int]:
    """The FTE that each assignment can have at most, so that nobody is above full time in all posts together."""
    held: dict[Person, int] = {}
    for assignment in stock:
        held[assignment.person] = held.get(assignment.person, 0) + assignment.fte.last
    return [100 - held[assignment.person] + assignment.fte.last for assignment in movable]


def _spread(count: int, first: date, last: date, random: Random) -> list[date]:
    """Days spread evenly from first to last, in random order."""
    length = (last - first).days
    days = [first + timedelta(days=int((place + random.random()) / count * (length + 1))) for place in range(count)]
    random.shuffle(days)
    return days


def _leaving_days(count: int, first: date, last: date, random: Random) -> list[date]:
    """Last days worked. Nearly half are month ends, and somebody leaves on the census date itself."""
    days = [end_of_month(day) if random.random() < 0.45 else day for day in _spread(count, first, last, random)]
    if count >= 4:
        days[-1] = last
    return days


def _starting_days(count: int, first: date, last: date, random: Random) -> list[date]:
    """First days worked, in order: half are the first of a month."""
    days = sorted(day.replace(day=1) if random.random() < 0.5 else day for day in _spread(count, first, last, random))
    if count >= 4:
        days[-1] = last
    return days


def _record_late(moves: Moves, random: Random, september_too: bool) -> None:
    """Record a few leavers whose end HR enters a month after they left."""
    months = [
        assignment
        for assignment in moves.leavers
        if assignment.end and assignment.leaving_reason == "resignation" and assignment.end.month not in (8, 9)
    ]
    late = random.sample(months, min(2, len(months)))
    if september_too:
        late += [assignment for assignment in moves.leavers if assignment.end and assignment.end.month == 9][:1]
    for assignment in late:
        assert assignment.end is not None
        assignment.end_known = month_after(assignment.end)
