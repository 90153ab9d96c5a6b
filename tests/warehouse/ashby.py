"""A small council whose history is written row by row, and the models over it without starting dbt."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from foundation.storage import Storage, shared
from tests.expectations.landed_council import LandedCouncil, Row, assignment, booking, people, post
from warehouse.build import write_raw
from warehouse.models import SEMANTIC_MANIFEST

CONFIGURATION = {
    "courses.csv": "course_id,course_name,required_of,valid_months\n",
    "targets.csv": "organisation_id,indicator_id,definition_id,from_date,by_date,comparison,value,source\n"
    ",turnover_rate,dfe,2022-04-01,,below,10,A plan\n",
    "organisations/ashby/organisation.yaml": """id: ashby
name: Ashby
la_code: "999"
new_la_code: E06000999
region: Midshires
partnership: null
first_month: "2024-08"
sources:
  hr_assignments: {owner: HR systems, delivers: snapshot}
  establishment: {owner: Establishment control, delivers: snapshot}
  agency: {owner: Agency contracts, delivers: snapshot}
""",
    "organisations/ashby/post_grades.csv": "list,job_role,from_date,to_date\nteam_manager_and_below,social_worker,2020-01-01,\n",
    "organisations/ashby/team_changes.csv": "from_date,old_team_id,new_team_id\n",
    "organisations/ashby/not_supplied.csv": "source,measure,from_month,to_month,symbol,counts_above\n",
}
MONTHS = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13) if "2024-08" <= f"{year}-{month:02}" <= "2025-09"]


def configure(home: Path) -> Path:
    """Write the council's configuration into a data root."""
    for name, text in CONFIGURATION.items():
        path = home / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


def staff(**changes: dict[str, Any]) -> list[Row]:
    """Twelve social workers in two teams; `p03={...}` changes a row of one."""
    return [
        assignment(person, **{"team_id": "T1" if number < 6 else "T2", **changes.get(person, {})})
        for number, person in enumerate(people(12))
    ]


def posts() -> list[Row]:
    """A post for each of the twelve, and one that nobody holds."""
    return [post(f"post of {person}", team_id="T1" if number < 6 else "T2") for number, person in enumerate([*people(12), "nobody"])]


def bookings() -> list[Row]:
    """An agency worker in the post that nobody holds, and one for somebody who is away."""
    return [booking("nobody"), booking("a2", team_id="T2", cover_reason="absence", post_id=None)]


def deliver_month(council: LandedCouncil, period: str, rows: list[Row] | None = None, **entry: Any) -> str:
    """Establishment, agency bookings and staff in post of a month. Returns the id of the staff delivery."""
    council.deliver("establishment", period, posts(), **entry)
    council.deliver("agency", period, bookings(), **entry)
    return council.deliver("hr_assignments", period, staff() if rows is None else rows, **entry)


class Models:
    """The models as dbt compiled them for another build. They can run over any data root, and save the seconds in which dbt starts."""

    def __init__(self, compiled_in: Path) -> None:
        self._dbt = compiled_in / "build" / "dbt"
        results = json.loads((self._dbt / "run_results.json").read_text(encoding="utf-8"))["results"]
        nodes = json.loads((self._dbt / "manifest.json").read_text(encoding="utf-8"))["nodes"]
        self._models = [
            (
                "view" if nodes[result["unique_id"]]["config"]["materialized"] == "view" else "table",
                result["relation_name"],
                result["compiled_code"],
            )
            for result in results
            if result["unique_id"].startswith("model.")
        ]
        self._tests = {
            result["unique_id"].split(".")[2]: result["compiled_code"] for result in results if result["unique_id"].startswith("test.")
        }
        self._seeds = compiled_in / "build" / "workforce.duckdb"

    def build(self, home: Path, as_known_at: datetime | None = None) -> None:
        """Build the marts of a data root, as `warehouse.build.build` does."""
        place = Storage(home)
        write_raw(place, as_known_at)
        with duckdb.connect(str(place.build_database)) as connection:
            for schema in ("seeds", "staging", "deliveries", "restricted", "counts", "indicators", "marts"):
                connection.execute(f"create schema {schema}")
            connection.execute(f"attach '{self._seeds}' as compiled (read_only)")
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'compiled' and schema_name = 'seeds'"
            ).fetchall():
                connection.execute(f"create table seeds.{name} as from compiled.seeds.{name}")
            connection.execute("detach compiled")
            for kind, relation, code in self._models:
                connection.execute(f"create {kind} {relation} as ({code}\n)")
        shared(place.build_folder / "dbt")
        for described in ("manifest.json", SEMANTIC_MANIFEST):
            shutil.copy(self._dbt / described, place.build_folder / "dbt")

    def broken(self, home: Path) -> set[str]:
        """The tests of the models that fail over a data root that was built."""
        with duckdb.connect(str(Storage(home).build_database), read_only=True) as built:
            return {name for name, code in self._tests.items() if built.execute(f"select count(*) from ({code}\n)").fetchall() != [(0,)]}


def table(database: Path, name: str) -> list[tuple[Any, ...]]:
    """All rows of a table, in a fixed order."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(f"select * from {name} order by all").fetchall()
