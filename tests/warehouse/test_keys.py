"""No file and no line of the configuration stops the build by a key: whatever a fact names has a row in its dimension, or no key."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.expectations.landed_council import LandedCouncil, assignment, attempt, pay, people, post
from tests.warehouse.ashby import CONFIGURATION, Models, configure, deliver_month
from warehouse.published_tables import PublishedTable, described_tables

SOURCES = "  training: {owner: Learning, delivers: events}\n  payroll: {owner: Payroll, delivers: events}\n"
EXCEPTIONS = "rule_id,from_month,until,most_rows,by,reason\nXYZ-999,2024-08,2030-01-01,,Somebody,A reason\n"


@pytest.fixture(scope="module")
def tables(built_once: Path) -> list[PublishedTable]:
    return described_tables(built_once / "build" / "dbt" / "manifest.json")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, built_once: Path) -> Path:
    """Ashby and Bexhill write their partnership differently. Extracts name a course, a team and months that nothing else names."""
    home = configure(tmp_path_factory.mktemp("keys"))
    organisations = home / "config" / "organisations"
    (organisations / "bexhill").mkdir()
    for path in (organisations / "ashby").iterdir():
        (organisations / "bexhill" / path.name).write_text(path.read_text())
    settings = CONFIGURATION["organisations/ashby/organisation.yaml"] + SOURCES
    one, other = "partnership: North and South", "partnership: North and  south"
    (organisations / "ashby" / "organisation.yaml").write_text(settings.replace("partnership: null", one))
    renamed = settings.replace("id: ashby", "id: bexhill").replace("name: Ashby", "name: Bexhill").replace("E06000999", "E06000998")
    (organisations / "bexhill" / "organisation.yaml").write_text(renamed.replace("partnership: null", other).replace('"999"', '"998"'))
    (organisations / "ashby" / "accepted_exceptions.csv").write_text(EXCEPTIONS)
    (home / "config" / "courses.csv").write_text(CONFIGURATION["courses.csv"] + "SAFE-1,Safeguarding,everybody,36\n")
    (home / "config" / "targets.csv").write_text(CONFIGURATION["targets.csv"] + ",turnover,dfe,2022-04-01,,below,10,A plan\n")
    council = LandedCouncil(home)
    deliver_month(council, "2024-09")
    council.deliver("establishment", "2024-10", [*(post(f"post of {person}") for person in people(12)), post("of nobody", team_id="T9")])
    council.deliver("hr_assignments", "2024-10", [assignment(person) for person in people(12)])
    council.deliver("training", "2024-09", [attempt("p01", course_id="NOT-LISTED", recorded_date="2019-03-04")])
    council.deliver("payroll", "2018-02", [pay(person) for person in people(12)])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        Models(built_once).build(home)
    return home / "build" / "workforce.duckdb"


def test_every_value_of_a_key_is_in_its_dimension(built: Path, tables: list[PublishedTable]) -> None:
    with duckdb.connect(str(built), read_only=True) as marts:
        lost = [
            (table.name, key.column, unknown)
            for table in tables
            for key in table.foreign_keys
            if (
                unknown := marts.execute(
                    f"select distinct {key.column} from marts.{table.name} where {key.column} is not null "
                    f"and {key.column} not in (select {key.key} from marts.{key.table})"
                ).fetchall()
            )
        ]
    assert lost == []


def test_a_key_has_one_row_and_a_column_that_is_always_filled_is(built: Path, tables: list[PublishedTable]) -> None:
    with duckdb.connect(str(built), read_only=True) as marts:
        repeated = [
            table.name
            for table in tables
            if table.key and marts.execute(f"select {table.key} from marts.{table.name} group by 1 having count(*) > 1").fetchall()
        ]
        empty = [
            (table.name, column.name)
            for table in tables
            for column in table.columns
            if column.always_filled and marts.execute(f"select 1 from marts.{table.name} where {column.name} is null limit 1").fetchall()
        ]
    assert (repeated, empty) == ([], [])


def test_what_nothing_else_names_is_there_all_the_same(built: Path) -> None:
    with duckdb.connect(str(built), read_only=True) as marts:
        assert marts.execute("select count(*) from marts.payroll_cost_month where month_end = '2018-02-28'").fetchone() == (1,)
        assert marts.execute("select course_key from marts.training_completion_month group by all order by 1").fetchall() == [
            ("NOT-LISTED",),
            ("ashby/NOT-LISTED",),
        ]
        assert marts.execute(
            "select indicator_id, indicator_key from marts.target where organisation_id = 'ashby' order by 1"
        ).fetchall() == [
            ("turnover", None),
            ("turnover_rate", "turnover_rate/dfe"),
        ]
        assert marts.execute("select unit_name from marts.unit where scope = 'partnership'").fetchall() == [("North and  south",)]
        assert marts.execute("select count(*) > 0 from marts.establishment_position where unit_key = 'ashby/team/T9'").fetchone() == (True,)
        assert marts.execute("select rule_id from marts.rule where rule_id = 'XYZ-999'").fetchall() == [("XYZ-999",)]
