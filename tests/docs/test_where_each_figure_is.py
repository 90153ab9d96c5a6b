"""Everything that docs/where_each_figure_is.md names exists: tables, columns, metrics, contracts. No table of figures is left out."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "where_each_figure_is.md").read_text(encoding="utf-8")
THERE, NOT_THERE = PAGE.split("\n## Not there\n")
# Tables that name things, keep the past or describe the quality of deliveries. They have no figure that somebody asks for.
NO_FIGURES = {
    *(
        "accepted_exception",
        "changed_limit",
        "census_year",
        "course",
        "data_quality_result",
        "indicator",
        "month",
        "org_unit",
        "relationship",
        "organisation",
        "role",
        "role_group",
        "role_in_group",
        "rule",
        "source",
        "source_month",
        "target",
        "unit",
    ),
    *("published_indicator", "org_unit_month"),
}
SCOPES = {"t": "team", "s": "service", "o": "organisation", "a": "partnership"}


def rows(text: str) -> list[list[str]]:
    """The cells of the tables' rows, without headers and rules."""
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if cells[0] != "figure" and not set(cells[0]) <= {"-", " "}]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


FIGURES = [(cells[0], named(cells[2]), named(cells[3]), cells[4].split()) for cells in rows(THERE)]


def test_every_figure_says_who_asks_and_in_which_column_it_is() -> None:
    letters = re.findall(r"\*\*([A-Z])\*\*", THERE)
    assert len(FIGURES) > 40
    for cells in rows(THERE):
        assert len(cells) == 6, cells[0]
        assert {column.split()[0] for column in cells[1].split(", ") if column[0].isupper()} <= set(letters), cells[0]
        assert named(cells[2]), cells[0]
        assert cells[4], cells[0]


@pytest.mark.parametrize(("figure", "columns"), [(figure, columns) for figure, columns, _, _ in FIGURES])
def test_each_column_is_in_a_public_table(figure: str, columns: list[str]) -> None:
    for named_column in columns:
        table, column = named_column.split(".")
        (described_in,) = (REPOSITORY / "dbt_project" / "models" / "marts").glob(f"*/{table}.yml")
        described = yaml.safe_load(described_in.read_text(encoding="utf-8"))
        assert column in {known["name"] for known in described["models"][0]["columns"]}, named_column


def test_each_metric_is_one() -> None:
    files = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "dbt_project" / "models").rglob("*.yml")]
    metrics = set(re.findall(r"^- name: (\w+)$", "\n".join(text for text in files if "\nmetrics:" in text), re.MULTILINE))
    measures = set(re.findall(r"- \{name: (\w+), agg: \w+,[^}]*create_metric: true", "\n".join(files)))
    for figure, _, of_figure, _ in FIGURES:
        assert set(of_figure) <= metrics | measures, figure


def test_no_table_of_figures_is_left_out() -> None:
    tables = {path.stem for path in (REPOSITORY / "dbt_project" / "models" / "marts").rglob("*.sql")}
    assert {column.split(".")[0] for _, columns, _, _ in FIGURES for column in columns} == tables - NO_FIGURES


def test_each_contract_named_is_there_and_no_model_reads_it_yet() -> None:
    for cells in rows(NOT_THERE):
        for contract in named(cells[2]):
            assert (REPOSITORY / "contracts" / "sources" / f"{contract}.odcs.yaml").exists(), contract
            if cells[3] == "a table":
                read = [
                    path.name
                    for path in (REPOSITORY / "dbt_project" / "models").rglob("*.sql")
                    if f"in_force('{contract}')" in path.read_text()
                ]
                assert read == [], f"{contract} is read: say where its figures are"


@pytest.mark.parametrize(("figure", "columns", "scopes"), [(figure, columns, scopes) for figure, columns, _, scopes in FIGURES])
def test_the_samples_have_the_figure_at_the_scopes_that_the_page_says(
    three: duckdb.DuckDBPyConnection, figure: str, columns: list[str], scopes: list[str]
) -> None:
    for table in {column.split(".")[0] for column in columns}:
        names = {name for (name,) in three.execute("select column_name from duckdb_columns() where table_name = ?", [table]).fetchall()}
        if "scope" not in names:
            assert scopes == ["o"], figure
            continue
        there = {scope for (scope,) in three.execute(f"select distinct scope from marts.{table}").fetchall()}
        nothing_restated_yet = table == "restatement" and not there
        assert nothing_restated_yet or {SCOPES[scope] for scope in scopes} <= there, figure
