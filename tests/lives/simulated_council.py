"""A simulated council: its system, its teams and sixteen lives, all drawn from one seed. A choice of its lives is drawn in the same way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from random import Random

from tests.lives.days import first_day
from tests.lives.events import EVENTS
from tests.lives.life import Life, Post
from tests.lives.walk import Walk

LIVES = 16
FIRST = 2022 * 12 + 9
WITHOUT_LEAVERS, WITH_LEAVERS, HISTORY = "a snapshot without leavers", "a snapshot with leavers", "a full history"
TEAMS = ("T1", "T2", "T3", "T4")
# Events of a whole council, which concern all its lives. A full history reports everything again each month, so they have no effect there.
OF_SNAPSHOTS = ("extract_never_came", "extract_held", "extract_corrected", "systems_merged")
SELDOM_CAN_HAPPEN = (
    "written_twice",
    "two_employee_numbers",
    "career_break",
    "missing_while_paid",
    "joint_post",
    "back_under_a_new_employee_number",
    "took_and_gave_up_a_second_post",
)  # dealt twice
OF_ANY = ("team_renamed", "team_moved_to_another_service", "establishment_never_came", "posts_nobody_holds", "first_extract_after_a_leaver")


@dataclass
class SimulatedCouncil:
    """What a seed draws. `months` are those with extracts. `happens` has the month of each event of the whole council."""

    organisation_id: str
    seed: int
    kind: str
    months: range
    lives: list[Life]
    happens: dict[str, int] = field(default_factory=dict)
    sources: tuple[str, ...] = ("hr_assignments", "establishment", "agency")
    gives_fte_day: bool = False
    gives_team_start: bool = True
    posts: list[Post] = field(default_factory=list)

    def team(self, team: str, month: int) -> str:
        """The name of a team in a month's extracts: T2 becomes T9 when it is renamed."""
        return "T9" if team == "T2" and month >= self.happens.get("team_renamed", 10**9) else team

    def service(self, team: str, month: int) -> str:
        """The service of a team (by its first name) in a month: T3 moves from S2 to S1."""
        moved = team == "T3" and month >= self.happens.get("team_moved_to_another_service", 10**9)
        return "S1" if team in ("T1", "T2") or moved else "S2"

    @property
    def delivers(self) -> str:
        """How the council's configuration says that staff extracts are delivered."""
        return "history" if self.kind == HISTORY else "snapshot"


def draw(seed: int, lives: Collection[int] | None = None) -> SimulatedCouncil:
    """The council that a seed draws. With `lives`, only these of its lives, each the same as in the whole council."""
    rng = Random(f"{seed} council")
    kind = rng.choice((WITHOUT_LEAVERS, WITHOUT_LEAVERS, WITH_LEAVERS, WITH_LEAVERS, HISTORY))
    months = range(FIRST + rng.randint(0, 3), FIRST + rng.randint(20, 24))
    council = SimulatedCouncil(f"c{seed}", seed, kind, months, [])
    middle = range(months[4], months[-3])
    for name in (*OF_ANY, *(OF_SNAPSHOTS if kind != HISTORY else ())):
        if rng.random() < 0.3:
            council.happens[name] = rng.choice(middle)
    for source in ("payroll", "absence"):
        if rng.random() < 0.4:
            council.sources += (source,)
    council.gives_fte_day = rng.random() < 0.3
    for number in range(LIVES):
        if lives is None or number in lives:
            council.lives.append(_life(council, number))
    # Every team has a support post, so that the establishment gives its service in every month.
    council.posts = [Post(f"P80{team[1:]}", team, "business_support", 1.0, "active", months[0]) for team in TEAMS]
    if "posts_nobody_holds" in council.happens:
        council.posts += [
            Post("P901", "T1", "social_worker", 1.0, "active", months[0]),
            Post("P902", "T4", "team_manager", 0.5, "frozen", months[0]),
            Post("P903", "T2", "early_help_worker", 1.0, "active", months[0]),
        ]
    return council


def _life(council: SimulatedCouncil, number: int) -> Life:
    """One life: begun years before the first extract, or with an event, and then a few more events.

    The events are dealt out to the lives of a council, so that each comes about equally often. A life tries its own event first.
    """
    dealt = [*EVENTS, *SELDOM_CAN_HAPPEN]
    own = Random(f"{council.seed} events").sample(dealt, len(dealt))[number::LIVES]
    rng = Random(f"{council.seed} life {number}")
    walk = Walk(f"{council.organisation_id}_{number}", rng, council.months, council.kind, TEAMS)
    if number == 0 and "first_extract_after_a_leaver" in council.happens:
        _left_in_the_first_month(walk)
        return walk.life
    if rng.random() < 0.75:
        start = date(rng.randint(2014, 2021), rng.randint(1, 12), rng.randint(1, 28))
        walk.job = walk.take(start, walk.terms(start))
    for _ in range(rng.choice((5, 5, 6))):
        for name in [*rng.sample(own, len(own)), *rng.sample(list(EVENTS), len(EVENTS))]:
            before = len(walk.life.story)
            if EVENTS[name](walk):
                walk.life.events.append(name)
                break
            del walk.life.story[before:]
        if walk.now > walk.limit:
            break
    return walk.life


def _left_in_the_first_month(walk: Walk) -> None:
    start = date(2018, 4, 1)
    job = walk.take(start, walk.terms(start))
    walk.leave(job, first_day(walk.months[0]).replace(day=20), "resignation")
    walk.life.events.append("first_extract_after_a_leaver")
