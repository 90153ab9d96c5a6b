"""The page of documentation that describes the public tables, and its picture. Both are made from the descriptions of the models.

python -m warehouse model --out docs
"""

from __future__ import annotations

import html
from itertools import groupby
from pathlib import Path

from foundation.storage import shared, storage
from warehouse.published_tables import PublishedTable, described_tables, published_tables

PAGE, PICTURE = "data_model.md", "pictures/data_model.svg"
INTRODUCTION = """# The data model

This page describes every public table. `python -m warehouse model --out docs` writes it from the descriptions of the models.
[For analysts](for_analysts.md) says how to open the tables and how to read a figure.

The tables are a star. **Facts** hold figures. **Dimensions** say what the figures are about. A fact has one column for each dimension that it joins
to, and every value of that column is in the dimension. So an inner join never loses a row, unless the page says that the column may be empty.

![Each fact, and the dimensions that it joins to](pictures/data_model.svg)

- **`unit`** holds every team, service, council, partnership, region and England, with the levels above it as columns. A team that changed its name or
  service has a row for each span of months. `unit_key` of a fact is the row that held in the month of the fact. To follow a team through its changes,
  group by `org_unit`.
- **`month`** joins by its last day, `month_end`. It has the census year, the financial year and the academic year.
- **`indicator`** has each indicator and definition, in full.
- The same file has a table `relationship` with all joins, and a comment on every table and column: `select * from duckdb_columns()`. In a Parquet file
  they are in its metadata: `select * from parquet_kv_metadata('unit.parquet')`.
- FTE, pounds, numerators and denominators are exact decimals in the DuckDB file. In the Parquet files they are doubles, because pandas reads a decimal
  as a Python object. Dates are dates, and whole numbers are whole numbers.
"""
ROW, COLUMN, NAMES, HEADER = 22, 68, 240, 110


def write_model_page(folder: Path, manifest: Path | None = None) -> Path:
    """Write the page and its picture into the folder of the documentation, from the last build or a manifest of dbt. Returns the page's path."""
    tables = described_tables(manifest) if manifest else published_tables(storage())
    page = shared(folder) / PAGE
    page.write_text(model_page(tables), encoding="utf-8")
    shared(folder / "pictures")
    (folder / PICTURE).write_text(model_picture(tables), encoding="utf-8")
    return page


def model_page(tables: list[PublishedTable]) -> str:
    """The page in Markdown: dimensions first, then facts by subject."""
    old = [table for table in tables if table.is_view]
    facts, dimensions = _facts(tables), _dimensions(tables)
    parts = [INTRODUCTION, "## Dimensions\n", *map(_section, dimensions), "## Facts\n", *map(_section, facts)]
    if old:
        parts += ["## Old names\n\nThese names go on for one version as views. Use the new table.\n", *map(_section, old)]
    return "\n".join(parts)


def model_picture(tables: list[PublishedTable]) -> str:
    """A drawing (SVG) with a row per fact, a column per dimension, and a dot where the fact joins to it."""
    facts, dimensions = _facts(tables), _dimensions(tables)
    joined = {key.table for fact in facts for key in fact.foreign_keys}
    dimensions = [table for table in dimensions if table.name in joined]
    width, height = NAMES + COLUMN * len(dimensions) + 40, HEADER + ROW * len(facts) + 10
    across = {table.name: NAMES + COLUMN * at + COLUMN // 2 for at, table in enumerate(dimensions)}
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="t" font-family="sans-serif" font-size="13">',
        '<title id="t">Each fact, and the dimensions that it joins to</title>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for name, x in across.items():
        drawn.append(f'<line x1="{x}" y1="{HEADER - 8}" x2="{x}" y2="{height - 8}" stroke="#b1b4b6"/>')
        drawn.append(
            f'<text transform="translate({x + 4} {HEADER - 14}) rotate(-45)" font-weight="bold" fill="#0b0c0c">{html.escape(name)}</text>'
        )
    for at, table in enumerate(facts):
        y = HEADER + ROW * at + ROW // 2
        places = sorted({across[key.table] for key in table.foreign_keys if key.table in across})
        drawn.append(f'<text x="{NAMES - 10}" y="{y + 4}" text-anchor="end" fill="#0b0c0c">{html.escape(table.name)}</text>')
        if places:
            drawn.append(f'<line x1="{NAMES}" y1="{y}" x2="{places[-1]}" y2="{y}" stroke="#1d70b8" stroke-width="2"/>')
        drawn += [f'<circle cx="{x}" cy="{y}" r="6" fill="#1d70b8"/>' for x in places]
    return "\n".join([*drawn, "</svg>", ""])


def _dimensions(tables: list[PublishedTable]) -> list[PublishedTable]:
    """Tables that others join to, those with most joins first, then those that only name things."""
    joins = {table.name: 0 for table in tables}
    for table in tables:
        for key in table.foreign_keys:
            joins[key.table] += 1
    named = [table for table in tables if not table.is_view and (table.key or table.folder == "structure")]
    return sorted(named, key=lambda table: (-joins[table.name], table.name))


def _facts(tables: list[PublishedTable]) -> list[PublishedTable]:
    dimensions = {table.name for table in _dimensions(tables)}
    facts = [table for table in tables if table.name not in dimensions and not table.is_view]
    by_subject = sorted(facts, key=lambda table: (table.folder != "indicators", table.folder, table.name))
    return [table for _, subject in groupby(by_subject, key=lambda table: table.folder) for table in subject]


def _section(table: PublishedTable) -> str:
    joins = {key.column: key.table for key in table.foreign_keys}
    lines = [f"### `{table.name}`\n", f"{table.description}\n", "| column | type | means |", "|---|---|---|"]
    for column in table.columns:
        told = column.description.replace("|", "\\|").partition(" Joins to `")[0].removeprefix("Key: ")
        told = f"{told[:1].upper()}{told[1:]}"
        if column.name == table.key:
            told = f"**Key.** {told}"
        elif column.name in joins:
            told = f"{told} **Joins to `{joins[column.name]}`**{'' if column.always_filled else ', or is empty'}."
        lines.append(f"| `{column.name}` | {column.kind} | {told} |")
    return "\n".join([*lines, ""])
