"""A build of one council with one service and some teams: of each person, one day was lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import duckdb

from disclosure.classes import MeasureGroup
from disclosure.policy import Audience, Rule

INSIDE = Audience(
    "inside", "team", None, {kind: Rule(10 if kind == "sensitive" else 0) for kind in ("posts", "staffing", "sensitive", "pay")}
)
DAYS = MeasureGroup("days", ("organisation_id", "month_end", "scope", "scope_id"), "sensitive", ("days",), people="people")
METRICS = Path("no semantic manifest")
UNITS = """
create schema marts;
create table marts.role_in_group as from (values ('all', 'social_worker')) as rows (role_group, job_role);
create table marts.unit as from (values
    ('a', null, 'p', 'east'), ('a/s', 's', 'p', 'east'), ('a/t1', 's', 'p', 'east'), ('a/t2', 's', 'p', 'east'), ('a/t3', 's', 'p', 'east'), ('a/t4', 's', 'p', 'east')
) as rows (unit_key, service_id, partnership_id, region_id);
"""


@contextmanager
def built(folder: Path, people: Sequence[int]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the build attached as `built`: table `days` of the council, its service and its teams with so many people."""
    rows = [("a", "organisation", "a", sum(people)), ("a/s", "service", "s", sum(people))]
    rows += [(f"a/t{number}", "team", f"t{number}", heads) for number, heads in enumerate(people, 1)]
    path = Path(mkdtemp(dir=folder)) / "build.duckdb"
    with duckdb.connect(str(path)) as build:
        build.execute(UNITS)
        build.execute(
            "create table marts.days (unit_key text, organisation_id text, month_end date, scope text, scope_id text, days double, people bigint)"
        )
        build.executemany("insert into marts.days values (?, 'a', '2025-09-30', ?, ?, ?, ?)", [(*row, row[-1]) for row in rows])
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as built (read_only)")
        yield connection
