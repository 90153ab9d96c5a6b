"""What readers of an audience can work out of a build: which hidden figures come out by subtraction, and which do not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from disclosure.audit import Finding, audit
from disclosure.classes import MeasureGroup
from disclosure.policy import Audience, Rule

INSIDE = Audience(
    "inside", "team", None, {kind: Rule(10 if kind == "sensitive" else 0) for kind in ("posts", "staffing", "sensitive", "pay")}
)
DAYS = MeasureGroup("days", ("organisation_id", "month_end", "scope", "scope_id"), "sensitive", ("days",), people="people")
UNITS = """
create schema marts;
create table marts.role_in_group as from (values ('all', 'social_worker')) as rows (role_group, job_role);
create table marts.unit as from (values
    ('a', null, 'p', 'east'), ('a/s', 's', 'p', 'east'), ('a/t1', 's', 'p', 'east'), ('a/t2', 's', 'p', 'east'), ('a/t3', 's', 'p', 'east')
) as rows (unit_key, service_id, partnership_id, region_id);
"""
# Each team's people; of each person one day was lost.
ONE_HIDDEN, TWO_HIDDEN = (20, 30, 6), (20, 8, 6)


def found(folder: Path, people: tuple[int, ...]) -> tuple[Finding, ...]:
    rows = [("a", "organisation", "a", sum(people)), ("a/s", "service", "s", sum(people))]
    rows += [(f"a/t{number}", "team", f"t{number}", heads) for number, heads in enumerate(people, 1)]
    with duckdb.connect(str(folder / "build.duckdb")) as built:
        built.execute(UNITS)
        built.execute(
            "create table marts.days (unit_key text, organisation_id text, month_end date, scope text, scope_id text, days double, people bigint)"
        )
        built.executemany("insert into marts.days values (?, 'a', '2025-09-30', ?, ?, ?, ?)", [(*row, row[-1]) for row in rows])
    with duckdb.connect() as connection:
        connection.execute(f"attach '{folder / 'build.duckdb'}' as built (read_only)")
        return audit(connection, INSIDE, (DAYS,))


def test_the_only_hidden_team_comes_out_of_its_service(tmp_path: Path) -> None:
    assert found(tmp_path, ONE_HIDDEN) == (Finding("days", "days", "sensitive", figures=5, hidden=1, exposed=1),)


def test_two_hidden_teams_do_not(tmp_path: Path) -> None:
    assert found(tmp_path, TWO_HIDDEN) == (Finding("days", "days", "sensitive", figures=5, hidden=2, exposed=0),)


@pytest.mark.parametrize("people", [(20, 30, 40), ()])
def test_nothing_hidden_is_nothing_found(tmp_path: Path, people: tuple[int, ...]) -> None:
    assert found(tmp_path, people or (50,)) == ()
