"""Every figure of a publication is the same in DuckDB, Parquet and PostgreSQL, each indicator as MetricFlow gives it, and each column has its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pyarrow.parquet as pq
import pytest
import yaml

from tests.services.own_database import own_database
from warehouse.metrics import TIME, Question
from warehouse.query import Publication
from warehouse.serving.serve import serve

REPOSITORY = Path(__file__).resolve().parents[2]
VIEWS = "workforce_engineer"

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def postgresql(three_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the three sample councils published, in PostgreSQL: a cursor of the owner, which no row is kept from."""
    folder = tmp_path_factory.mktemp("same")
    with own_database(folder) as database, pytest.MonkeyPatch.context() as environment:
        readers = yaml.safe_load((REPOSITORY / "config" / "readers.yaml").read_text(encoding="utf-8")) | {"prefix": database.prefix}
        (folder / "readers.yaml").write_text(yaml.safe_dump(readers), encoding="utf-8")
        environment.setenv("WORKFORCE_HOME", str(three_home))
        environment.setenv("WORKFORCE_CONFIG", str(folder))
        environment.setenv("WORKFORCE_SERVE_DATABASE", database.owner)
        serve()
        with closing(psycopg2.connect(database.owner)) as opened, opened.cursor() as cursor:
            yield cursor


def described(marts: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """The columns of each table with their comments."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, comment in marts.execute(
        "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts' order by table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append((column, comment))
    return found


def test_every_value_is_the_same_in_each_store(three_home: Path, three: duckdb.DuckDBPyConnection, postgresql: Any) -> None:
    tables = described(three)
    assert len(tables) > 30
    rows = 0
    for table in tables:
        here = three.execute(f"select * from marts.{table}").fetchall()
        postgresql.execute(f"select * from {VIEWS}.{table}")
        there = postgresql.fetchall()
        assert Counter(map(exact, there)) == Counter(map(exact, here)), table
        file = pq.read_table(three_home / "published" / "latest" / "inside" / "marts" / f"{table}.parquet")
        assert Counter(map(as_doubles, zip(*(column.to_pylist() for column in file.columns), strict=True))) == Counter(
            map(as_doubles, here)
        ), table
        rows += len(here)
    assert rows > 100_000


def exact(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row whose values differ if their types do: 1, 1.0, True and Decimal(1) are equal to Python."""
    return tuple((type(value), value) for value in row)


def as_doubles(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return exact(tuple(float(value) if isinstance(value, Decimal) else value for value in row))


def test_every_indicator_is_what_metricflow_gives(three_home: Path, postgresql: Any) -> None:
    publication = Publication(three_home / "published" / "latest")
    metrics = list(publication.metrics.indicators())
    answer = publication.ask(Question(metrics, [f"{TIME}__month", "org_unit"]))
    given = {
        (month, unit, metric): value
        for month, unit, *values in answer.rows
        for metric, value in zip(answer.columns[2:], values, strict=True)
        if value is not None
    }
    postgresql.execute(
        f"""
        select date_trunc('month', month_end)::date, org_unit, metric, value
        from {VIEWS}.indicator_value
        inner join {VIEWS}.indicator using (indicator_key)
        inner join {VIEWS}.unit using (unit_key)
        where value is not null and as_at_month is null and unit.organisation_id is not null
        """
    )
    # Above a council the councils that cannot be counted are left out, which is not a metric's to know.
    served = {(month, unit, metric): value for month, unit, metric, value in postgresql.fetchall()}
    assert len(served) > 10_000
    # Who is still in a team after 36 months needs four years of extracts, which the samples do not have.
    assert set(metrics) - {metric for _, _, metric in served} == {"team_retention_36m_board"}
    # A metric of twelve months gives none where one of the months is hidden; the table has the year all the same.
    assert {(month, unit, metric) for month, unit, metric in served.keys() - given.keys() if metric != "absence_rate"} == set()
    assert given.keys() <= served.keys()
    assert [key for key in given if abs(served[key] - float(given[key])) > 1e-9] == []


def test_every_column_has_the_same_words_in_each_store(three_home: Path, three: duckdb.DuckDBPyConnection, postgresql: Any) -> None:
    for table, columns in described(three).items():
        assert all(comment for _, comment in columns), table
        metadata = pq.read_schema(three_home / "published" / "latest" / "inside" / "marts" / f"{table}.parquet").metadata
        assert [(name, metadata[f"column {name}".encode()].decode()) for name, _ in columns] == columns, table
        for schema in (VIEWS, "inside"):
            postgresql.execute(
                "select attname, col_description(attrelid, attnum) from pg_attribute inner join pg_class on pg_class.oid = attrelid "
                "where relname = %s and attnum > 0 and starts_with(relnamespace::regnamespace::text, %s) and relkind in ('r', 'v') "
                "order by attnum",
                [table, schema],
            )
            assert postgresql.fetchall() == columns, f"{schema}: {table}"
