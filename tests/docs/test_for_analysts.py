"""The statements of docs/for_analysts.md about the published tables are true, and its queries run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from warehouse.publish import stage_publication

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "for_analysts.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
BACKTICKS = re.compile(r"`([^`]+)`")


def section(title: str) -> str:
    """The text under a heading of the page."""
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def table_rows(text: str) -> list[list[str]]:
    """The cells of the table's rows that begin with something in backticks."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| `")]


def public_tables() -> dict[str, list[str]]:
    """Each public mart and its columns, as its contract has them."""
    found = {}
    for path in sorted((REPOSITORY / "dbt_project" / "models" / "marts").rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            found[model["name"]] = [column["name"] for column in model["columns"]]
    return found


def test_every_public_table_is_named_with_its_columns() -> None:
    told = {BACKTICKS.findall(row[0])[0]: BACKTICKS.findall(row[2]) for row in table_rows(section("The tables"))}
    tables = public_tables()
    assert told.keys() == tables.keys()
    assert {name: set(columns) for name, columns in told.items()} == {name: set(columns) for name, columns in tables.items()}


def test_every_definition_is_named() -> None:
    told = {tuple(BACKTICKS.findall(f"{row[0]} {row[1]}")) for row in table_rows(section("Definitions side by side"))}
    files = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in (REPOSITORY / "dbt_project" / "models" / "indicators").glob("*.yml")
    ]
    metas = [metric.get("config", {}).get("meta", {}) for file in files for metric in file.get("metrics", [])]
    assert told == {(meta["indicator"], meta["definition"]) for meta in metas if meta}


@pytest.fixture(scope="module")
def marts(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("analysts") / "home"
    shutil.copytree(built_once, home)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKFORCE_HOME", str(home))
        environment.setenv("WORKFORCE_CONFIG", str(home / "config"))
        staged = stage_publication()
    with duckdb.connect(str(staged / "inside" / "workforce.duckdb"), read_only=True) as connection:
        yield connection


def test_there_are_queries_to_try() -> None:
    assert len(QUERIES) > 5


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_runs_on_a_publication(marts: duckdb.DuckDBPyConnection, query: str) -> None:
    assert marts.execute(query).description


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
    *_, last = run.stdout.strip().splitlines()
    told = three.execute(
        "select definition_id, value from marts.indicator_value where scope_id = 'peterborough' and indicator_id = 'turnover_rate' "
        "and month_end = (select max(month_end) from marts.month) order by definition_id desc"
    ).fetchall()
    assert last.split()[:2] == ["2025-09-01T00:00:00", "peterborough"]
    assert [float(word) for word in last.split()[2:]] == pytest.approx([value for _, value in told], rel=1e-5)
