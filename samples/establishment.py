"""Social work posts: who holds which, which are vacant, and a September in which vacancies add up exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from samples.months import ONE_DAY, census_end, census_start
from samples.population import Moves
from samples.structure import QUALITY, draw_role
from samples.truth import FRONTLINE, Assignment, Booking, Council, Post, Team, Timeline

PARTIAL_SHARE = 0.15
FROZEN_SHARE = 0.35
FIRST_POST = 1000


@dataclass
class Establishment:
    """The live social work posts of a council, played forward day by day."""

    council: Council
    random: Random
    posts: list[Post] = field(default_factory=list)
    cover: dict[Post, Booking] = field(default_factory=dict)
    filled: list[tuple[Post, date, date]] = field(default_factory=list)
    may_stay_partial: int = 0

    def make_post(self, day: date, budget: int, role: str | None = None, team: Team | None = None) -> Post:
        """A new, vacant post in the team with the fewest posts for its size."""
        sizes = dict.fromkeys(self.council.teams, 0)
        for post in self.posts:
            sizes[post.team.last] += 1
        if team is None:
            weighted = {team: sizes[team] * (1.6 if team.service_name == QUALITY else 1.0) for team in sizes}
            least = min(weighted.values())
            team = self.random.choice([team for team in sizes if weighted[team] <= least + 1])
        made = new_post(self.council, day, budget, role or draw_role(team, sizes[team], self.random), team)
        self.posts.append(made)
        return made

    def seat(self, assignment: Assignment, day: date, post: Post) -> None:
        """Put somebody into a post."""
        if assignment.post is None:
            assignment.post = Timeline(post)
        else:
            assignment.post.set(day, post)
        post.holders.append(assignment)
        post.vacant_since = None
        post.frozen.set(day, False)

    def vacant(self, day: date) -> list[Post]:
        """Live posts that nobody holds and that were empty before the day."""
        return [post for post in self.posts if post.vacant_since is not None and post.vacant_since < day]

    def partial(self, day: date) -> dict[Post, int]:
        """Held posts whose holders fill less than the budget on a day, with the FTE that is left."""
        left = {
            post: post.budget.at(day) - sum(assignment.fte.at(day) for assignment in post.holders) for post in self.posts if post.holders
        }
        return {post: rest for post, rest in left.items() if rest > 0}

    def play(self, moves: Moves, year: int, growth: int) -> None:
        """Play a year's moves in the order of their days. `growth` is the FTE by which the establishment will grow."""
        self.filled = []
        arrived = [*moves.transferred_in, *(assignment for _, assignment in moves.qualified)]
        self._grow(
            year,
            growth - sum(assignment.fte.last for assignment in arrived) + sum(assignment.fte.last for assignment in moves.transferred_out),
        )
        events: list[tuple[date, int, int, Assignment]] = []
        events += [
            (assignment.end or assignment.start, 1, place, assignment)
            for place, assignment in enumerate(moves.leavers + moves.transferred_out)
        ]
        events += [(day, 0, place, assignment) for place, (day, assignment) in enumerate(moves.fte_changes)]
        events += [(day, 2, place, assignment) for place, (day, assignment) in enumerate(moves.qualified)]
        events += [(assignment.start, 3, place, assignment) for place, assignment in enumerate(moves.transferred_in)]
        events += [(assignment.start, 4, place, assignment) for place, assignment in enumerate(moves.starters)]
        for day, kind, _, assignment in sorted(events, key=lambda event: event[:3]):
            if kind == 0:
                self.follow_hours(assignment, day)
            elif kind == 1:
                self._vacate(assignment, day, delete=assignment.leaving_reason == "structural_transfer")
            elif kind == 2:
                self._qualify(assignment, day)
            elif kind == 3:
                post = self.make_post(day, assignment.fte.at(day), role=self.random.choice(FRONTLINE))
                assignment.role = Timeline(post.role.last)
                self.seat(assignment, day, post)
            else:
                self._fill(assignment, day)

    def _grow(self, year: int, growth: int) -> None:
        """New posts over the year, most of them with the new budget on 1 April."""
        first = census_start(year)
        for _ in range(max(0, growth) // 110):
            month = self.random.choice((4, 4, 4, 11, 12, 1, 2, 5, 6, 7, 9))
            day = date(year if month < 10 else year - 1, month, 1)
            post = self.make_post(max(day, first), 100)
            post.vacant_since = day - ONE_DAY

    def _vacate(self, assignment: Assignment, day: date, delete: bool) -> None:
        post = assignment.post_at(day)
        post.holders.remove(assignment)
        if not post.holders:
            if delete:
                self.remove(post, day)
            else:
                post.vacant_since = day

    def remove(self, post: Post, day: date) -> None:
        """Delete a post."""
        post.deleted = day
        self.posts.remove(post)

    def follow_hours(self, assignment: Assignment, day: date) -> None:
        """After a change of hours, the budget follows the holder's hours. A vacant part of a post is filled first."""
        if assignment.start == day and assignment.post is None:
            return
        post = assignment.post_at(day)
        held = sum(assignment.fte.at(day) for assignment in post.holders)
        before = held - assignment.fte.at(day) + assignment.fte.at(day - ONE_DAY)
        budget = post.budget.at(day)
        post.budget.set(day, max(budget, held) if held > before else budget - (before - held))

    def _qualify(self, assignment: Assignment, day: date) -> None:
        post = assignment.post_at(day)
        post.role.set(day, "asye_social_worker")
        self.posts.append(post)

    def _fill(self, assignment: Assignment, day: date) -> None:
        """Choose a vacant post for a starter. If there is none, the council makes one."""
        random = self.random
        open_posts = self.vacant(day)
        newly_qualified = assignment.start_origin == "newly_qualified"
        if newly_qualified:
            open_posts = [post for post in open_posts if post.role.last in FRONTLINE] or open_posts
        booked = [post for post in open_posts if post in self.cover]
        unbooked = [post for post in open_posts if post not in self.cover]
        if assignment.start_origin == "agency" and booked:
            pool = booked
        elif assignment.start_origin == "agency":
            assignment.start_origin, pool = "other_social_work", unbooked
        else:
            pool = unbooked if unbooked and (random.random() < 0.6 or not booked) else booked
        post = random.choice(pool) if pool else self.make_post(day, 100)
        if pool:
            assert post.vacant_since is not None
            self.filled.append((post, post.vacant_since, day))
        booking = self.cover.pop(post, None)
        if booking is not None:
            booking.end = max(booking.start, day if day.day == 1 else day - ONE_DAY)
        self._agree_role(assignment, day, post, newly_qualified)
        fte = assignment.fte.at(day)
        left = 100 - fte
        if 0 < left <= self.may_stay_partial and random.random() < PARTIAL_SHARE:
            self.may_stay_partial -= left
            fte = 100
        if post.budget.at(day) != fte:
            post.budget.set(day, fte)
        self.seat(assignment, day, post)

    def _agree_role(self, assignment: Assignment, day: date, post: Post, newly_qualified: bool) -> None:
        """A newly qualified starter does the assessed year in the post, which is a social worker's post afterwards."""
        role = post.role.at(day)
        if role in FRONTLINE and newly_qualified:
            role = "asye_social_worker"
        elif role == "asye_social_worker":
            role = "social_worker"
        post.role.set(day, role)
        assignment.role = Timeline(role)

    def settle_vacancies(self, year: int, vacancy: int, covered: dict[Post, int]) -> None:
        """Delete, make or re-profile posts so that vacancies at 30 September are exactly `vacancy` hundredths.

        `covered` has vacant posts and budgets that do not change, because agency workers are booked for them.
        """
        first, last = census_start(year), census_end(year)
        wanted = vacancy - sum(covered.values())
        partial = self.partial(last)
        excess = sum(partial.values()) - max(0, wanted)
        for post, left in list(partial.items()):
            if excess <= 0:
                break
            cut = min(excess, left)
            post.budget.set(last - timedelta(days=self.random.randint(0, 20)), post.budget.last - cut)
            excess -= cut
            partial[post] -= cut
        wanted = max(0, wanted - sum(partial.values()))
        empty = [post for post in self.posts if post.vacant_since is not None and post not in covered]
        empty.sort(key=lambda post: (post.vacant_since or last, post.number), reverse=True)
        for post in empty:
            assert post.vacant_since is not None
            day = self._day_between(max(first, post.vacant_since + ONE_DAY, post.budget.days[-1], post.booked_until), last)
            if wanted == 0:
                self.remove(post, day)
                continue
            budget = min(post.budget.last, wanted)
            if budget != post.budget.last:
                post.budget.set(day, budget)
            wanted -= budget
        while wanted > 0:
            budget = min(100, wanted)
            day = self._day_between(first, last).replace(day=1)
            post = self.make_post(max(first, day), budget)
            post.vacant_since = max(first, day) - ONE_DAY
            wanted -= budget
        for post in empty:
            if post.deleted is None and self.random.random() < FROZEN_SHARE and not post.frozen.last:
                post.frozen.set(self._day_between(max(first, post.vacant_since or first), last), True)

    def _day_between(self, first: date, last: date) -> date:
        if first >= last:
            return last
        return first + timedelta(days=self.random.randint(0, (last - first).days))


def new_post(council: Council, day: date, budget: int, role: str, team: Team) -> Post:
    """A post of the council, live from a day on."""
    made = Post(FIRST_POST + len(council.posts), Timeline(role), Timeline(team), Timeline(budget), Timeline(False), day)
    council.posts.append(made)
    return made
