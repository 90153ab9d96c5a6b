"""What docs/for_analysts.md says of the published tables is true, and its queries run."""

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
    # The environment is there already: `make` is told so, and sets nothing up.
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
