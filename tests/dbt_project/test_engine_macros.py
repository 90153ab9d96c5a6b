"""SQL that differs between engines is in macros/engine, in a form for each, and both forms give the same value.

Spark is not installed. sqlglot reads its form and writes it for DuckDB, which then gives both values.
"""

from __future__ import annotations

import re

import duckdb
import jinja2
import pytest
import sqlglot

from warehouse.models import PROJECT

ENGINE = PROJECT / "macros" / "engine"
FILES = ("dates", "texts", "order")  # table.sql is for DuckDB only
# For each macro: its arguments, the expression around it, and what it is selected from. sqlglot gives days as timestamps, hence the cast.
DAYS = "(values (date '2024-01-31'), (date '2024-02-29'), (date '2023-12-31'), (cast(null as date))) as days (day)"
TEXTS = "(values ('b'), ('a'), ('b'), ('c;d')) as texts (text)"
NAMES = "(values ('Family Help & North'), ('__a  b__'), ('MASH'), ('123'), ('')) as names (name)"
PAIRS = "(values (1, 'b'), (1, 'a'), (2, 'a')) as pairs (number, text)"
CASES = {
    "add_months": [(("day", months), "cast({} as date)", DAYS) for months in (1, 12, -1, 0)],
    "add_days": [(("day", days), "cast({} as date)", DAYS) for days in (1, -1, 0)],
    "days_between": [(("day", "date '2024-03-01'"), "{}", DAYS)],
    "each_month_no": [((first, last), "{}", None) for first, last in ((24286, 24288), (24286, 24286), (24287, 24286))],
    "texts_joined": [(("text",), "{}", TEXTS)],
    "listed": [(("text",), "{}", TEXTS)],
    "as_id": [(("name",), "{}", NAMES)],
    "in_turn": [((["number", "text"],), "min_by(text, {})", PAIRS), ((["-number", "text"],), "min_by(text, {})", PAIRS)],
}


def _macros() -> dict[str, jinja2.runtime.Macro]:
    found = {}
    for name in FILES:
        module = jinja2.Environment().from_string((ENGINE / f"{name}.sql").read_text()).module
        found |= {key: value for key, value in vars(module).items() if not key.startswith("_")}
    return found


def test_each_macro_that_engines_write_differently_has_a_form_for_duckdb_and_for_spark() -> None:
    macros = set(_macros())
    dispatched = {name for file in FILES for name in re.findall(r"dispatch\('(\w+)'\)", (ENGINE / f"{file}.sql").read_text())}
    assert dispatched == set(CASES)
    assert {f"{engine}__{name}" for name in dispatched for engine in ("duckdb", "spark")} <= macros


@pytest.mark.parametrize("name", CASES)
def test_both_forms_give_the_same_value(name: str) -> None:
    macros = _macros()
    for arguments, expression, relation in CASES[name]:
        source = f" from {relation}" if relation else ""
        duckdb_form, spark_form = (
            "select " + expression.format(str(macros[f"{engine}__{name}"](*arguments)).strip()) + " as value"
            for engine in ("duckdb", "spark")
        )
        (from_spark,) = sqlglot.transpile(spark_form, read="spark", write="duckdb")
        found, expected = (duckdb.sql(form + source).fetchall() for form in (from_spark, duckdb_form))
        assert found == expected, (from_spark, duckdb_form)


# SQL that only DuckDB knows: a pattern for SQL without comments and macro calls, and an example that it finds.
ONLY_DUCKDB = {
    "a star without or with other columns": (r"\*\s+(exclude|replace)\b", "select told.* exclude (fte)"),
    "a row as a value": (r"\brow\s*\(", "min_by(a, row(b, c))"),
    "a list or a range": (r"\b(unnest|range|list_\w+|generate_series)\s*\(", "select unnest(x)"),
    "texts of a group in one": (r"\b(string_agg|listagg|group_concat)\s*\(", "string_agg(x, ', ')"),
    "an interval from a number": (r"\bto_(days|months|years)\s*\(", "day + to_months(1)"),
    "a pattern": (r"\bregexp_\w+\s*\(", "regexp_replace(x, 'a', 'b', 'g')"),
    "a text without length": (r"\bas varchar\b", "cast(x as varchar)"),
    "another way to cast": (r"::", "x::date"),
    "days as a difference": (r"_(date|day)\s+-\s+\w+\.?\w*_(date|day)\b", "end_date - told.start_date + 1"),
}


@pytest.mark.parametrize(("pattern", "example"), ONLY_DUCKDB.values(), ids=ONLY_DUCKDB)
def test_sql_outside_the_engine_macros_has_nothing_that_only_duckdb_knows(pattern: str, example: str) -> None:
    files = [*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "tests").rglob("*.sql"), *(PROJECT / "macros").glob("*.sql")]
    assert re.search(pattern, example)
    assert len(files) > 100
    found = []
    for file in files:
        sql = re.sub(r"--[^\n]*|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", file.read_text(), flags=re.DOTALL)
        found += [f"{file.relative_to(PROJECT)}: {match.group()}" for match in re.finditer(pattern, sql)]
    assert not found
