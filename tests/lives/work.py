"""Rules C to F: terms on a day, work that goes on without a break, who is in post, who starts and who leaves."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tests.lives.days import DAY, NEVER, last_day, whole_week_between
from tests.lives.extracts import Row
from tests.lives.jobs import DIRECTOR, JOBS, counts_for_dfe
from tests.lives.spells import Spell

FULL_YEAR = Decimal("52.143")
FULL_TIME_WEEKS = 52
PLACES = Decimal("0.000001")
STRUCTURAL = "structural_transfer"
OUTSIDE_CHILDREN = "moved_outside_children"


@dataclass(frozen=True)
class Work:
    """An assignment of a person on a day: its terms, and its FTE if that is known."""

    spell: Spell
    row: Row
    fte: Decimal | None

    @property
    def agreed_fte(self) -> Decimal | None:
        """The FTE by the agreed split of a joint post."""
        share = self.row["cost_share_percent"]
        return self.fte if self.fte is None or share is None else _rounded(self.fte * Decimal(str(share)) / 100)

    @property
    def is_registered_work(self) -> bool:
        """Rule E2, with the Director."""
        return bool(self.row["registered_social_worker"]) and self.is_social_work

    @property
    def is_social_work(self) -> bool:
        """A social work job of the council's own, registered or not."""
        return self.is_of_the_council and JOBS[self.row["job_role"]].is_social_work

    @property
    def is_of_the_council(self) -> bool:
        """Whether the council pays for it: not for people whom a partner sends, nor for a joint post that another council pays in full."""
        return self.row["contract_type"] != "seconded_in" and self.row["cost_share_percent"] != 0

    @property
    def is_in_dfe(self) -> bool:
        """Rule E2."""
        return self.is_registered_work and counts_for_dfe(self.row["job_role"])


def seniority(work: Work) -> tuple[object, ...]:
    """Rule H1, as a key to sort by: the main assignment comes first."""
    row = work.row
    fte = work.fte if work.fte is not None else Decimal(-1)
    job = JOBS[row["job_role"]].seniority
    return (job, work.spell.held_since, -fte, len(row["post_id"]), row["post_id"], row["team_id"], row["job_role"], row["contract_type"])


def fte_of(row: Row) -> Decimal | None:
    """Rules C3 and C4: the FTE in a row, or None if it is not known."""
    if row["contract_type"] == "casual" and row["hours_worked"] is not None:
        return _rounded(Decimal(str(row["hours_worked"])) / Decimal(str(row["standard_hours"])))
    if row["fte"] is None:
        return None
    fte = Decimal(str(row["fte"]))
    weeks = row["weeks_a_year"]
    return _rounded(fte if weeks is None or weeks >= FULL_TIME_WEEKS else fte * Decimal(str(weeks)) / FULL_YEAR)


def _rounded(fte: Decimal) -> Decimal:
    return fte.quantize(PLACES, ROUND_HALF_UP)


def on(spell: Spell, day: date) -> Work:
    """Rules C1 and C2: a spell's work on a day."""
    row = spell.row(day)
    told = spell.rows[0][1]
    for since, later in spell.rows:
        fte_day = later["fte_from"]
        if (fte_day if fte_day is not None else since) <= day:
            told = later
    return Work(spell, row, fte_of(told))


class CouncilSpells:
    """All spells of a council, with the work that goes on without a break (rules D)."""

    def __init__(self, spells: list[Spell]) -> None:
        self.spells = spells
        self.of_person: dict[str, list[Spell]] = defaultdict(list)
        for spell in spells:
            self.of_person[spell.person].append(spell)
        for those in self.of_person.values():
            _join(those)

    def in_post(self, month_end: date) -> list[Work]:
        """Rule E1: every assignment in post at a month end."""
        return _once(on(spell, month_end) for spell in self.spells if spell.start <= month_end < spell.until)

    def working(self, person: str, day: date) -> list[Work]:
        """Every assignment of a person that counts as work on a day."""
        return _once(on(spell, day) for spell in self.of_person[person] if spell.start <= day <= spell.works_to)


def _once(works: Iterable[Work]) -> list[Work]:
    """Rule B11:

    if a person holds one post under two numbers with more than 1 FTE together, the one that lies within the other is left out.
    """
    of_post: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for work in works:
        of_post[work.spell.person, work.row["post_id"]].append(work)
    kept: list[Work] = []
    for those in of_post.values():
        longest_first = sorted(those, key=lambda work: work.spell.start - (work.spell.last or NEVER))
        counted = longest_first[:1]
        for work in longest_first[1:]:
            if not any((work.fte or 0) + (other.fte or 0) > 1 and _lies_within(work.spell, other.spell) for other in counted):
                counted.append(work)
        kept += counted
    return kept


def _lies_within(spell: Spell, other: Spell) -> bool:
    return other.start <= spell.start and (spell.last or NEVER) <= (other.last or NEVER)


def _join(spells: list[Spell]) -> None:
    """Rule D1: if another assignment follows without a whole week between, an assignment goes on until the other begins."""
    for spell in spells:
        if spell.last is None:
            continue
        spell.until = spell.works_to = spell.last
        if spell.taken_over:
            spell.until = spell.last + DAY
            continue
        if spell.last_row["leaving_reason"] == STRUCTURAL:
            continue
        following = min((other.start for other in spells if other.start > spell.last and _same_payer(spell, other)), default=None)
        if following is not None and not whole_week_between(spell.last, following):
            spell.until, spell.works_to = following, following - DAY


def _same_payer(spell: Spell, other: Spell) -> bool:
    """Whether a partner pays for both (seconded in), or for neither."""
    return (spell.last_row["contract_type"] == "seconded_in") == (other.rows[0][1]["contract_type"] == "seconded_in")


@dataclass(frozen=True)
class Run:
    """Unbroken registered work of a person, from the first day to the last (None: it goes on)."""

    person: str
    first: date
    last: date | None


def runs(council: CouncilSpells, person: str, known_to: date) -> list[Run]:
    """Rules F: the unbroken registered work of a person, up to a day. Days off the register count if the person is restored later."""
    points = {known_to + DAY}
    for spell in council.of_person[person]:
        points |= {spell.start, *(since for since, _ in spell.rows), *([] if spell.works_to == NEVER else [spell.works_to + DAY])}
    days = sorted(day for day in points if day <= known_to + DAY)
    stretches = [(first, after - DAY, council.working(person, first)) for first, after in itertools.pairwise(days)]
    registered = [any(work.is_registered_work for work in works) for _, _, works in stretches]
    counts = [
        is_registered or (any(work.is_social_work for work in works) and _restored(stretches, registered, place))
        for place, ((_, _, works), is_registered) in enumerate(zip(stretches, registered, strict=True))
    ]
    found: list[Run] = []
    for (first, last, _), is_counted in zip(stretches, counts, strict=True):
        if not is_counted:
            continue
        if found and found[-1].last == first - DAY:
            found[-1] = Run(person, found[-1].first, last)
        else:
            found.append(Run(person, first, last))
    return [Run(person, run.first, None if run.last == known_to else run.last) for run in found]


def _restored(stretches: list[tuple[date, date, list[Work]]], registered: list[bool], place: int) -> bool:
    """Whether a stretch off the register lies between two on the register, in the same unbroken social work."""

    def finds(places: range) -> bool:
        for other in places:
            if not any(work.is_social_work for work in stretches[other][2]):
                return False
            if registered[other]:
                return True
        return False

    return finds(range(place - 1, -1, -1)) and finds(range(place + 1, len(stretches)))


@dataclass(frozen=True)
class Start:
    """Somebody who comes into registered work (rule F1): the day, the assignments, and the name of the movement."""

    person: str
    day: date
    works: list[Work]
    inflow: str
    main: Work


@dataclass(frozen=True)
class Leaving:
    """Somebody who leaves registered work (rules F2 to F8): the day of leaving, the assignments that end, by which definitions, and why."""

    person: str
    day: date
    works: list[Work]
    main: Work
    reason: str
    is_dfe: bool
    is_board: bool


def start_of(council: CouncilSpells, run: Run) -> Start | None:
    """Rule F1. None for a Director, who is no social worker of the Department's."""
    works = [work for work in council.working(run.person, run.first) if work.is_registered_work]
    main = min(works, key=seniority)
    if main.row["job_role"] == DIRECTOR:
        return None
    before = [work for work in council.working(run.person, run.first - DAY) if work.is_of_the_council]
    inflow = "starter"
    if main.row["start_origin"] == STRUCTURAL:
        inflow = "structural_transfer_in"  # F8 comes first
    elif any(JOBS[work.row["job_role"]].is_trainee or work.is_social_work for work in before):
        inflow = "qualified_in_post"
    elif before:
        inflow = "joined_from_service"
    return Start(run.person, run.first, [work for work in works if work.is_in_dfe], inflow, main)


def leaving_of(council: CouncilSpells, run: Run) -> Leaving | None:
    """Rules F2 to F8. None if the end of registered work is a change of role."""
    if run.last is None:
        return None
    works = [work for work in council.working(run.person, run.last) if work.is_registered_work]
    after = council.working(run.person, run.last + DAY)
    if any(work.is_social_work for work in after):
        return None  # F5: off the register for good, and still at work
    after = [work for work in after if work.is_of_the_council]
    if min(works, key=seniority).row["job_role"] == DIRECTOR:
        return None  # F6: a Director leaves
    counted = [work for work in works if work.is_in_dfe]
    ended = sorted((work for work in counted if work.spell.works_to == run.last and not work.spell.taken_over), key=seniority)
    main = ended[0] if ended else min(counted, key=seniority)
    told = next((reason for work in ended if (reason := work.spell.last_row["leaving_reason"])), None)
    reason = None if told == "change_of_post" else told
    day = run.last
    if after:
        reason = reason or OUTSIDE_CHILDREN
    if any(work.spell.until > run.last for work in works):
        day = run.last + DAY  # the job changed, or another joins: the first day in it
    is_structural = reason == STRUCTURAL
    permanent = [work for work in counted if work.row["contract_type"] == "permanent"]
    return Leaving(
        person=run.person,
        day=day,
        works=counted,
        main=main,
        reason=reason or "not_known",
        is_dfe=not is_structural,
        is_board=bool(permanent) and not after and not is_structural and reason != OUTSIDE_CHILDREN,
    )


def month_end_of(day: date) -> date:
    """The end of the month that a day lies in."""
    return last_day(day.year * 12 + day.month - 1)
