"""Each event of a working life is in the extracts, as its council's system reports it, and is missing without the code that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from samples import generate, lapses, lives
from samples.generate import generate_published
from samples.published_figures import CARRIED
from tests.recount.extracts import Extracts
from tests.samples.events_seen import (
    Told,
    away_from_one_extract,
    becomes_early_help_worker,
    changes_post,
    ends_before_it_starts,
    first_extract_of_those_there,
    gone_before_the_planned_end,
    gone_but_in,
    holds_a_post_without_fte,
    holds_two_equal_posts,
    is_absent,
    is_on_a_break_without_hours,
    is_paid,
    joins_from_early_help,
    leaves_for,
    qualifies_in_post,
    rejected_and_still_there,
    restarts,
    returns_under_the_same_number,
    two_contracts,
    withdrawn,
)

SNAPSHOTS = ("cambridgeshire", "peterborough")
ALL = (*SNAPSHOTS, "leicestershire")


@dataclass(frozen=True)
class Event:
    """How an event shows in extracts, what makes it, and in which councils it is. A full history never shows that a row is missing."""

    name: str
    seen: Callable[[Told], set[str]]
    made_by: Callable[..., None] | None
    councils: tuple[str, ...] = ALL
    happens_anyway: bool = False


EVENTS = [
    Event("a start that is withdrawn", withdrawn, lives.a_start_is_withdrawn),
    Event("an end before the start", ends_before_it_starts, lives.a_start_is_withdrawn_by_an_end_before_it),
    Event("a rejected row of somebody still there", rejected_and_still_there, generate.slip),
    Event("a planned end that absence outweighs", gone_before_the_planned_end, lives.a_planned_end_comes_early, SNAPSHOTS),
    Event("gone from one extract and back", away_from_one_extract, lapses.somebody_is_left_out_of_one_extract, SNAPSHOTS),
    Event("gone and still paid", gone_but_in("payroll", is_paid), lapses.somebody_is_gone_and_still_paid, SNAPSHOTS),
    Event("gone and still absent", gone_but_in("absence", is_absent), lapses.somebody_is_gone_and_still_absent, SNAPSHOTS),
    Event(
        "two contracts that end together, 0.3 of them permanent",
        two_contracts(lambda first, second: first["end_date"] == second["end_date"] and first["fte"] < second["fte"]),
        lives.two_contracts_end_together_the_fixed_term_the_larger,
    ),
    Event(
        "two contracts that end together, 0.7 of them permanent",
        two_contracts(lambda first, second: first["end_date"] == second["end_date"] and first["fte"] > second["fte"]),
        lives.two_contracts_end_together_the_permanent_the_larger,
    ),
    Event(
        "two contracts that end at different times",
        two_contracts(lambda first, second: first["end_date"] > second["end_date"]),
        lives.two_contracts_end_at_different_times,
    ),
    Event("becomes an early help worker", becomes_early_help_worker, lives.a_social_worker_becomes_an_early_help_worker),
    Event(
        "moves to adults' services",
        leaves_for("moved_outside_children"),
        lives.a_social_worker_moves_to_adults_services,
        happens_anyway=True,
    ),
    Event("a change of post to nowhere", leaves_for("change_of_post"), lives.an_end_by_change_of_post_has_no_next_post),
    Event("a change of post over a weekend", changes_post(over_month_end=False), lives.a_post_is_changed_over_a_weekend),
    Event("a change of post over a month end", changes_post(over_month_end=True), lives.a_post_is_changed_over_a_month_end),
    Event("a return under the same number", returns_under_the_same_number, lives.somebody_returns_under_the_same_number),
    Event("a promotion that restarts the start date", restarts, lives.a_promotion_restarts_the_start_date),
    Event("a career break as an FTE of 0", is_on_a_break_without_hours, lives.a_career_break_is_written_as_no_hours),
    Event("a post holder without FTE", holds_a_post_without_fte, generate.slip),
    Event("two equal posts", holds_two_equal_posts, lives.two_posts_are_equal),
    Event("joins from early help", joins_from_early_help, lives.somebody_joins_from_early_help),
    Event("qualifies in post", qualifies_in_post, None),
    Event("a first extract of those who are there", first_extract_of_those_there, None, SNAPSHOTS),
]


@pytest.fixture(scope="module")
def told(councils: dict[str, Extracts]) -> dict[str, Told]:
    return {name: Told(extracts) for name, extracts in councils.items()}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_each_event_is_in_the_extracts(told: dict[str, Told], event: Event) -> None:
    assert [council for council in event.councils if not event.seen(told[council])] == []


def peterborough(folder: Path) -> Told:
    """A year of Peterborough's staff in post, pay and absence."""
    generate_published(CARRIED, ["874"], [2025], folder, say=str, sources=("hr_assignments", "payroll", "absence"))
    return Told(Extracts(folder, "la874"))


@pytest.fixture(scope="module")
def a_year(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return peterborough(tmp_path_factory.mktemp("a_year"))


@pytest.mark.parametrize("event", [event for event in EVENTS if event.made_by], ids=lambda event: event.name)
def test_an_event_that_is_taken_out_is_not_seen(event: Event, a_year: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, names in ((lives, "EVENTS"), (lapses, "LAPSES")):
        monkeypatch.setattr(module, names, tuple(made_by for made_by in getattr(module, names) if made_by is not event.made_by))
    if event.made_by is generate.slip:
        monkeypatch.setattr(generate, "slip", lambda *_: None)
    without = event.seen(peterborough(tmp_path))
    assert event.seen(a_year) - without
    assert event.happens_anyway or not without


def test_every_event_that_is_made_is_looked_for() -> None:
    assert {event.made_by for event in EVENTS} >= {*lives.EVENTS, *lapses.LAPSES, generate.slip}
