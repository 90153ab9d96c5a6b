"""The page of example queries: each query of `docs/queries/`, and what it gives on the sample councils.

python -m warehouse queries --out docs
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from foundation.storage import REPOSITORY, storage
from warehouse.written_tables import DATABASE

QUERIES = REPOSITORY / "docs" / "queries"
PAGE = "example_queries.md"
INTRODUCTION = """# Example queries

Each query answers a question from [where each figure is](where_each_figure_is.md). The files are in `docs/queries/`. The results are those of the three
sample councils of `make run`, whose people are generated. `python -m warehouse queries --out docs` writes this page from the latest publication.

Open `published/latest/inside/workforce.duckdb` read-only, and paste a query. [The data model](data_model.md) describes every table.
"""
WARNINGS = """## What not to do

- Do not add up or average `value`. Add numerators and denominators of one indicator and definition.
- Do not add up the headcount of teams to the council: a person may work in two. FTE adds up.
- Do not add up months or groups of which one is not shown: the sum is too low. `count(not_shown)` says how many are hidden.
- Do not add up rows of different scopes or role groups. A person is in several.
- Do not compare one council's `board` figure with another's without reading both lists of grades. Use `dfe` to compare councils.
- Do not read a rise or fall between `as_at_month` and the row's month: nothing was measured in between.
"""


@dataclass(frozen=True)
class ExampleQuery:
    """A query of `docs/queries/`: the question that it answers, what to know of it, and its SQL."""

    name: str
    question: str
    note: str
    sql: str


def example_queries(folder: Path = QUERIES) -> list[ExampleQuery]:
    """The example queries in their order. The comment lines at the top of a file are the question, and then the note."""
    return [_read(path) for path in sorted(folder.glob("*.sql"))]


def write_query_page(folder: Path) -> Path:
    """Run every example query on the latest publication, write the page into a folder, and return its path."""
    page = folder / PAGE
    with duckdb.connect(str(storage().latest / "inside" / DATABASE), read_only=True) as marts:
        page.write_text(query_page(marts), encoding="utf-8")
    return page


def query_page(marts: duckdb.DuckDBPyConnection) -> str:
    """The page in Markdown, with the results of the queries on open marts."""
    queries = example_queries()
    contents = "\n".join(f"{at}. [{query.question}](#{_anchor(query.question)})" for at, query in enumerate(queries, 1))
    return "\n".join([INTRODUCTION, contents, "", *("\n".join(_section(marts, query)) for query in queries), WARNINGS])


def _read(path: Path) -> ExampleQuery:
    lines = path.read_text(encoding="utf-8").splitlines()
    told = [line.removeprefix("-- ") for line in lines if line.startswith("-- ")]
    sql = "\n".join(line for line in lines if not line.startswith("-- "))
    return ExampleQuery(path.stem.partition("_")[2], told[0], " ".join(told[1:]), sql)


def _section(marts: duckdb.DuckDBPyConnection, query: ExampleQuery) -> Iterator[str]:
    answer = marts.execute(query.sql)
    header = [column[0] for column in answer.description or []]
    rows = answer.fetchall()
    yield f"## {query.question}\n"
    if query.note:
        yield f"{query.note}\n"
    yield f"```sql\n{query.sql}\n```\n"
    if rows:
        yield _line(header)
        yield _line(["---"] * len(header))
        yield from (_line([_written(value) for value in row]) for row in rows)
    else:
        yield "No row."
    yield ""


def _anchor(heading: str) -> str:
    """The anchor that a Markdown page gives a heading."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | float):
        exact = f"{Decimal(str(value)):f}"
        return exact.rstrip("0").rstrip(".") if "." in exact else exact
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value).replace("|", "\\|")
