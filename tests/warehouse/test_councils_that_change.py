"""How the figures treat a council that is split in two, a post number that is used again, and agency bookings that are reported late."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.expectations.landed_council import LandedCouncil, Row, assignment, booking, people, post
from tests.warehouse.ashby import CONFIGURATION, Models, configure, posts, staff

BEFORE = [f"2024-{month:02}" for month in range(8, 13)] + ["2025-01", "2025-02", "2025-03"]
AFTER = [f"2025-{month:02}" for month in range(4, 10)]


@pytest.fixture(scope="module")
def models(built_once: Path) -> Models:
    return Models(built_once)


def _build(models: Models, home: Path, as_known_at: datetime | None = None) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        models.build(home, as_known_at)


def _ask(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as built:
        return built.execute(query).fetchall()


class OneOf(LandedCouncil):
    """One council of several in a data root."""

    def __init__(self, home: Path, organisation_id: str) -> None:
        super().__init__(home)
        self.organisation_id = organisation_id


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    """Ashby until March 2025, then East Ashby and West Ashby.

    p12 retires on the last day. Everybody else goes on, and p13 is new in June. East's system keeps the old first days, and West's
    begins everybody anew.
    """
    home = configure(tmp_path_factory.mktemp("split"))
    folder = home / "config" / "organisations"
    written = CONFIGURATION["organisations/ashby/organisation.yaml"]
    (folder / "ashby" / "organisation.yaml").write_text(f'{written}last_month: "2025-03"\n', encoding="utf-8")
    for name, text in CONFIGURATION.items():
        for half in ("east", "west") if name.startswith("organisations/") else ():
            text_of_half = text.replace("id: ashby", f"id: {half}").replace("name: Ashby", f"name: {half}").replace("2024-08", "2025-04")
            path = folder / half / Path(name).name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text_of_half, encoding="utf-8")
    ashby, east, west = (OneOf(home, name) for name in ("ashby", "east", "west"))
    for period in BEFORE:
        ends: dict[str, Row] = {person: {"end_date": "2025-03-31"} for person in people(12)} if period == "2025-03" else {}
        if ends:
            ends["p12"] |= {"leaving_reason": "retired"}
        ashby.deliver("hr_assignments", period, staff(**ends))
    for period in AFTER:
        new = [assignment("p13", start_date="2025-06-02", start_origin="agency")] if period >= "2025-06" else []
        east.deliver("hr_assignments", period, [*staff()[:6], *new])
        anew = {"start_date": "2025-04-01", "start_origin": "structural_transfer", "team_start_date": "2020-01-01"}
        west.deliver("hr_assignments", period, [{**row, **anew} for row in staff()[6:11]])
    _build(models, home)
    return home


def test_people_of_a_council_that_is_split_are_neither_leavers_nor_starters(split: Path) -> None:
    query = "select organisation_id, sum(leavers)::integer, sum(starters)::integer from marts.org_unit_month where scope = 'organisation' group by 1"
    # People who retire on the last day are leavers. People who are new in a half are starters.
    assert {*_ask(split, query)} == {("ashby", 1, 0), ("east", 0, 1), ("west", 0, 0)}
    moved = """
        select organisation_id, month_end::varchar, movement, headcount from marts.movement_month
        where scope = 'organisation' and role_group = 'social_worker' and movement like 'structural%'
    """
    assert {*_ask(split, moved)} == {("ashby", "2025-03-31", "structural_transfer_out", 11)}
    # West's first extract lists nobody who has left, so its movements are counted from May on (I1).
    came = "select organisation_id, starting_date::varchar, inflow, count(*) from restricted.starter where organisation_id = 'west' group by all"
    assert _ask(split, came) == [("west", "2025-04-01", "structural_transfer", 5)]


def test_time_in_the_team_goes_on_through_a_split(split: Path) -> None:
    query = """
        select organisation_id, with_36_months_in_team, with_a_team from marts.org_unit_month
        where scope = 'organisation' and month_end = date '2025-09-30'
    """
    assert {*_ask(split, query)} == {("east", 6, 7), ("west", 5, 5)}


def test_a_council_has_no_figure_after_its_last_month(split: Path) -> None:
    query = "select organisation_id, min(month_end)::varchar, max(month_end)::varchar from marts.indicator_value group by 1"
    assert {*_ask(split, query)} == {
        ("ashby", "2024-08-31", "2025-03-31"),
        ("east", "2025-04-30", "2025-09-30"),
        ("west", "2025-04-30", "2025-09-30"),
    }


@pytest.fixture(scope="module")
def used_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """p03 leaves in December. The number of the post is gone in January and comes back in February, for early help, held by p13.

    The agency worker in the vacant post ended in November, as February's extract reports. February also reports one since December.
    """
    home = configure(tmp_path_factory.mktemp("again"))
    council = LandedCouncil(home)
    gone = {"p03": {"end_date": "2024-12-20", "leaving_reason": "resignation"}}
    for period in BEFORE:
        others = [post for post in posts() if post["post_id"] != "post of p03"]
        early_help: Row = {"team_id": "T2", "job_role": "early_help_worker"}
        same_number = [post("post of p03", **(early_help if period >= "2025-02" else {}))] if period != "2025-01" else []
        council.deliver("establishment", period, [*others, *same_number])
        held = assignment("p13", start_date="2025-02-03", post_id="post of p03", registered_social_worker=False, **early_help)
        told = (
            staff(**gone)
            if period == "2024-12"
            else staff()
            if period < "2024-12"
            else [row for row in staff() if row["person_key"] != "p03"]
        )
        council.deliver("hr_assignments", period, [*told, held] if period >= "2025-02" else told)
        late = [booking("nobody", start_date="2024-08-01", end_date="2024-11-15"), booking("late", start_date="2024-12-02", post_id=None)]
        council.deliver("agency", period, late if period >= "2025-02" else [booking("nobody", start_date="2024-08-01")])
    return home


def test_a_post_number_that_is_used_again_is_another_post(used_again: Path, models: Models) -> None:
    _build(models, used_again)
    query = """
        select post_use, current_team_id, job_role, valid_from::varchar, valid_to::varchar from restricted.post
        where post_id = 'post of p03' order by valid_from
    """
    assert _ask(used_again, query) == [
        (1, "T1", "social_worker", "2024-08-01", "2025-01-01"),
        (2, "T2", "early_help_worker", "2025-02-01", "9999-12-31"),
    ]
    by_month = """
        select strftime(month_end, '%Y-%m'), current_team_id, job_role, permanent_fte::double, vacancy_fte::double from restricted.post_month
        where post_id = 'post of p03' and month_end > date '2024-10-31' order by 1
    """
    assert _ask(used_again, by_month) == [
        ("2024-11", "T1", "social_worker", 1.0, 0.0),
        ("2024-12", "T1", "social_worker", 0.0, 1.0),
        ("2025-02", "T2", "early_help_worker", 1.0, 0.0),
        ("2025-03", "T2", "early_help_worker", 1.0, 0.0),
    ]
    people_of = "select person_key, leaving_reason from restricted.leaver union all select person_key, inflow from restricted.starter where month_no > 24296"
    # Somebody in early help is no social worker, and does not take p03's place.
    assert _ask(used_again, people_of) == [("p03", "resignation")]


def test_a_later_agency_extract_restates_the_months_before_it_and_not_what_was_known_then(used_again: Path, models: Models) -> None:
    query = """
        select strftime(month_end, '%Y-%m'), agency_heads, agency_fte::double from marts.org_unit_month
        where scope = 'organisation' and month_end between date '2024-10-31' and date '2025-01-31' order by 1
    """
    _build(models, used_again, datetime(2025, 2, 15, tzinfo=UTC))
    assert _ask(used_again, query) == [("2024-10", 1, 1.0), ("2024-11", 1, 1.0), ("2024-12", 1, 1.0), ("2025-01", 1, 1.0)]
    _build(models, used_again)
    # In December and January, extracts had only the other worker. The one reported late is another worker, and counts. The one who ended
    # does not.
    assert _ask(used_again, query) == [("2024-10", 1, 1.0), ("2024-11", 0, 0.0), ("2024-12", 1, 1.0), ("2025-01", 1, 1.0)]
    engaged = "select agency_worker_key, engaged_since::varchar, engaged_to::varchar from restricted.agency_engagement order by 1"
    assert _ask(used_again, engaged) == [("late", "2024-12-02", None), ("nobody", "2024-08-01", "2024-11-15")]
