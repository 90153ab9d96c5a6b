"""The statements of docs/for_analysts.md about the published tables are true, and its queries run."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from warehouse.model_page import model_page, model_picture
from warehouse.published_tables import PublishedTable, described_tables
from warehouse.query_page import example_queries, query_page

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGE = (DOCS / "for_analysts.md").read_text(encoding="utf-8")
BACKTICKS = re.compile(r"`([^`]+)`")


def section(title: str) -> str:
    """The text under a heading of the page."""
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def table_rows(text: str) -> list[list[str]]:
    """The cells of the table's rows that begin with something in backticks."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| `")]


def test_every_definition_is_named() -> None:
    told = {tuple(BACKTICKS.findall(f"{row[0]} {row[1]}")) for row in table_rows(section("Definitions side by side"))}
    files = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in (REPOSITORY / "dbt_project" / "models" / "indicators").glob("*.yml")
    ]
    metas = [metric.get("config", {}).get("meta", {}) for file in files for metric in file.get("metrics", [])]
    assert told == {(meta["indicator"], meta["definition"]) for meta in metas if meta}


@pytest.fixture(scope="module")
def tables(built_once: Path) -> list[PublishedTable]:
    return described_tables(built_once / "build" / "dbt" / "manifest.json")


def test_the_page_of_the_data_model_and_its_picture_are_those_of_the_descriptions(tables: list[PublishedTable]) -> None:
    assert (DOCS / "data_model.md").read_text(encoding="utf-8") == model_page(tables), "python -m warehouse model --out docs"
    assert (DOCS / "pictures" / "data_model.svg").read_text(encoding="utf-8") == model_picture(tables), (
        "python -m warehouse model --out docs"
    )


def test_there_are_thirty_queries_and_each_question_is_asked_once() -> None:
    questions = [query.question for query in example_queries()]
    assert len(questions) == len(set(questions)) >= 30


def test_the_page_of_queries_shows_what_they_give_on_the_sample_councils(three: duckdb.DuckDBPyConnection) -> None:
    page = (DOCS / "example_queries.md").read_text(encoding="utf-8")
    assert page == query_page(three), "make run, then: python -m warehouse queries --out docs"
    assert page.count("No row.") == 1  # nothing is restated in the first publication


def test_no_documented_join_loses_a_row(three: duckdb.DuckDBPyConnection) -> None:
    joins = three.execute("from marts.relationship").fetchall()
    assert len(joins) > 90
    for table, column, dimension, key in joins:
        filled, joined = three.execute(
            f"select count(*) filter ({column} is not null), (select count(*) from marts.{table} as facts "
            f"inner join marts.{dimension} as dimension on facts.{column} = dimension.{key}) from marts.{table}"
        ).fetchone() or (0, 0)
        assert filled == joined, f"{table}.{column} -> {dimension}.{key}"


def test_every_fact_of_a_unit_or_month_carries_its_key(tables: list[PublishedTable]) -> None:
    carries = {"scope_id": "unit", "month_end": "month", "indicator_id": "indicator", "course_id": "course", "role_group": "role_group"}
    for table in tables:
        joined = {key.table for key in table.foreign_keys} | {table.name}
        named = {column.name for column in table.columns}
        if not table.is_view:
            assert {dimension for column, dimension in carries.items() if column in named} <= joined, table.name


def test_every_table_and_column_has_a_comment_in_both_formats(three_home: Path, three: duckdb.DuckDBPyConnection) -> None:
    without = three.execute("""
        select table_name, '' from duckdb_tables() where schema_name = 'marts' and comment is null
        union all
        select view_name, '' from duckdb_views() where schema_name = 'marts' and comment is null
        union all
        select table_name, column_name from duckdb_columns() where schema_name = 'marts' and coalesce(comment, '') = ''
    """).fetchall()
    assert without == []
    for file in sorted((three_home / "published" / "latest" / "inside" / "marts").glob("*.parquet")):
        schema = pq.read_schema(file)
        told = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        assert told.get("table"), file.name
        assert all(told.get(f"column {name}") for name in schema.names), file.name


def test_pandas_reads_no_decimal_and_no_number_as_an_object(three_home: Path) -> None:
    for file in sorted((three_home / "published" / "latest" / "inside" / "marts").glob("*.parquet")):
        frame = pd.read_parquet(file)
        for name in frame.columns:
            kinds = {type(value) for value in frame[name].dropna()} if frame[name].dtype == object else set()
            assert kinds <= {str, date, bool}, f"{file.name}: {name}"


def test_the_parquet_files_hold_what_the_database_holds(three_home: Path, three: duckdb.DuckDBPyConnection) -> None:
    for file in sorted((three_home / "published" / "latest" / "inside" / "marts").glob("*.parquet")):
        columns = ", ".join(
            f"cast({name} as double) as {name}" if kind.startswith("DECIMAL") else name
            for name, kind in three.execute(
                "select column_name, data_type from duckdb_columns() where schema_name = 'marts' and table_name = ? order by column_index",
                [file.stem],
            ).fetchall()
        )
        for there, here in (
            (f"select {columns} from marts.{file.stem}", "from read_parquet($1)"),
            ("from read_parquet($1)", f"select {columns} from marts.{file.stem}"),
        ):
            assert three.execute(f"{there} except all {here}", [str(file)]).fetchall() == [], file.name


def test_the_old_name_of_a_unit_is_a_view_that_loses_no_row(three: duckdb.DuckDBPyConnection) -> None:
    counted = three.execute("""
        select
            (select count(*) from marts.indicator_value where scope in ('team', 'service')),
            (select count(*) from marts.indicator_value as value inner join marts.org_unit as unit
                on value.organisation_id = unit.organisation_id and value.scope = unit.unit_kind and value.scope_id = unit.unit_id
                and value.month_end between unit.from_date and unit.to_date)
    """).fetchone()
    assert counted is not None and counted[0] == counted[1] > 0


def test_the_example_of_a_metric_runs_on_a_publication_and_gives_what_the_table_says(
    three_home: Path, three: duckdb.DuckDBPyConnection
) -> None:
    example = re.search(r"^\$ (make query .*)$", PAGE, re.MULTILINE)
    assert example
    # The environment is already there, so `make` is told not to set anything up.
    command = example[1].replace("make ", "make --no-print-directory -o .venv/.ready ", 1)
    run = subprocess.run(
        command,
        shell=True,
        cwd=REPOSITORY,
        env={**os.environ, "WORKFORCE_HOME": str(three_home)},
        capture_output=True,
        text=True,
        check=True,
    )
    head, *lines = run.stdout.splitlines()
    names = head.split()
    printed = {(name, line.split()[0]): float(figure) for line in lines for name, figure in zip(names[2:], line.split()[2:], strict=False)}
    figures = three.execute(
        "select metric, strftime(month_end, '%Y-%m-01'), value from marts.indicator_value inner join marts.indicator using (indicator_id, definition_id) "
        "where scope_id = 'peterborough' and indicator_id = 'turnover_rate' and list_contains(?, metric) and value is not null and as_at_month is null",
        [names],
    ).fetchall()
    assert len(figures) > 40
    assert printed == pytest.approx({(metric, month): value for metric, month, value in figures}, abs=5e-5)
