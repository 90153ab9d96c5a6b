"""How long the questions of a dashboard take, warm, on a publication's DuckDB file and in PostgreSQL, and how they compare.

    python benchmarks/serving_speed.py [--publication published/latest] [--times 51] [--rounds 20]

England's marts are the sample councils' over and over (51 times three is 153), each with an id of its own. In PostgreSQL an analyst of one council asks,
so that row-level security is in the time. Needs the sample councils' publication (make run) and the server of the tests: without one of them it says so. Ends with 1 if
a limit is passed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import psycopg2
import yaml

from foundation.published_files import seal
from foundation.storage import Storage
from tests.services.own_database import SERVER, own_database
from warehouse.serving import logins
from warehouse.serving.readers import read_readers
from warehouse.serving.serve import serve
from warehouse.serving.server import connection

REPOSITORY = Path(__file__).resolve().parents[1]
QUERIES = Path(__file__).with_name("serving_queries.sql")
COUNCIL = "peterborough"
DUCKDB_P50, DUCKDB_P95, POSTGRESQL_P95 = 0.010, 0.050, 0.200
# Columns that begin with the id of a row's council.
OF_A_COUNCIL = ("organisation_id", "unit_key", "course_key", "org_unit")


def make_england(publication: Path, home: Path, times: int) -> Path:
    """A publication with the councils of another one many times over. Returns its folder."""
    folder = home / "published" / "2025-09" / "england"
    (folder / "inside").mkdir(parents=True)
    database = folder / "inside" / "workforce.duckdb"
    shutil.copyfile(publication / "inside" / "workforce.duckdb", database)
    with duckdb.connect(str(database)) as marts:
        for (table,) in marts.execute(
            "select table_name from duckdb_columns() inner join duckdb_tables() using (schema_name, table_name) "
            "where schema_name = 'marts' and column_name = 'organisation_id'"
        ).fetchall():
            columns = [name for name, *_ in marts.execute(f"describe marts.{table}").fetchall() if name in OF_A_COUNCIL]
            renamed = ", ".join(
                f"case when starts_with({name}, organisation_id) then organisation_id || '_' || copy || substr({name}, length(organisation_id) + 1) "
                f"else {name} end as {name}"
                for name in columns
            )
            marts.execute(
                f"insert into marts.{table} select * exclude (copy) replace ({renamed}) from (select * from marts.{table} where organisation_id is not null) "
                f"cross join (select unnest(range(2, {times + 1})) as copy)"
            )
    manifest = json.loads((publication / "manifest.json").read_bytes()) | {"publication": "england"}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    seal(folder, Storage(home))
    return folder


def seconds(ask: Callable[[str], Any], queries: Sequence[str], rounds: int) -> list[float]:
    """The time of each question, each round. One round before them is not counted."""
    found = []
    for turn in range(rounds + 1):
        for query in queries:
            began = time.perf_counter()
            ask(query)
            if turn:
                found.append(time.perf_counter() - began)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publication", type=Path, default=REPOSITORY / "data" / "published" / "latest")
    parser.add_argument("--times", type=int, default=51)
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    if not asked.publication.exists():
        print(f"Serving is not measured: {asked.publication} is no publication. Make one: make run")
        return 0
    try:
        psycopg2.connect(SERVER, connect_timeout=5).close()
    except psycopg2.OperationalError:
        print("Serving is not measured: PostgreSQL is missing. Start one, or name it in WORKFORCE_TEST_POSTGRES")
        return 0
    month = json.loads((asked.publication / "manifest.json").read_bytes())["month"]
    with tempfile.TemporaryDirectory() as place, own_database(Path(place) / "passwords") as database:
        home = Path(place)
        folder = make_england(asked.publication.resolve(), home, asked.times)
        readers = yaml.safe_load((REPOSITORY / "config" / "readers.yaml").read_text(encoding="utf-8")) | {"prefix": database.prefix}
        (home / "readers.yaml").write_text(yaml.safe_dump(readers), encoding="utf-8")
        with patch.dict(os.environ, {"WORKFORCE_HOME": place, "WORKFORCE_CONFIG": place, "WORKFORCE_SERVE_DATABASE": database.owner}):
            began = time.perf_counter()
            rows = serve(folder).rows
            loaded = time.perf_counter() - began
            login, known = f"l{database.prefix}bench", read_readers()
            with connection() as owner, owner.cursor() as cursor:
                logins.add_login(cursor, login, known.group(f"analyst_{COUNCIL}"), known, database.password_file)
        print(f"{asked.times * 3} councils: {rows:,} rows were loaded in {loaded:.0f} s, {rows / loaded:,.0f} rows a second")
        with duckdb.connect(str(folder / "inside" / "workforce.duckdb"), read_only=True) as marts, closing(database.login(login)) as reads:
            marts.execute("use marts")
            last = marts.execute("select max(month_end)::text from marts.indicator_value").fetchone()
            assert last and last[0].startswith(month)
            text = re.sub(r"^--.*\n", "", QUERIES.read_text(encoding="utf-8"), flags=re.MULTILINE)
            queries = [query.format(council=COUNCIL, month=last[0]) for query in text.split(";") if query.strip()]
            reads.autocommit = True
            cursor = reads.cursor()
            times = {
                "DuckDB": seconds(lambda query: marts.execute(query).fetchall(), queries, asked.rounds),
                "PostgreSQL": seconds(lambda query: (cursor.execute(query), cursor.fetchall()), queries, asked.rounds),
            }
    figures = {store: (statistics.median(found), statistics.quantiles(found, n=20)[-1]) for store, found in times.items()}
    for store, (p50, p95) in figures.items():
        print(f"{store}: p50 {p50 * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms, of {len(queries)} questions {asked.rounds} times, warm")
    (duck50, duck95), (post50, post95) = figures["DuckDB"], figures["PostgreSQL"]
    print(f"PostgreSQL takes {post50 / duck50:.1f} times as long as DuckDB at p50, and {post95 / duck95:.1f} times at p95")
    return int(duck50 > DUCKDB_P50 or duck95 > DUCKDB_P95 or post95 > POSTGRESQL_P95)


if __name__ == "__main__":
    sys.exit(main())
