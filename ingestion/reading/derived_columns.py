"""Columns that are not one column of the file.

They are joined texts, the first of several that is filled, a part of a text, FTE from hours, and columns turned into rows. Texts
in, texts out.
"""

from __future__ import annotations

import polars as pl

from ingestion.mapping import Mapping
from ingestion.mapping.mapping_model import FirstOf, HoursToFte, Joined, Rule, Taken, Unpivot
from ingestion.reading.cell_shapes import HOURS_OF
from ingestion.reading.text_values import NOT_TAKEN, as_hours, floats, plainly_written, with_plain_blanks

OF_A_ROW = ("source_row", "source_sheet")
DECIMALS = 6  # as many as a contract has for an FTE


class FillDown:
    """Columns in which an empty cell means the cell above it, for rows that come in portions."""

    def __init__(self, headers: tuple[str, ...]) -> None:
        self.last: dict[str, str | None] = dict.fromkeys(headers)

    def fill(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with such cells filled. Cells above the first text stay empty."""
        for header, before in self.last.items():
            texts = pl.col(header).str.strip_chars()
            filled = rows.select(pl.when(texts != "").then(pl.col(header)).forward_fill().fill_null(pl.lit(before))).to_series()
            rows = rows.with_columns(filled.alias(header))
            self.last[header] = filled[-1] if filled.len() else before
        return rows


def fill_merged(rows: pl.DataFrame, runs: dict[str, list[tuple[int, int]]]) -> pl.DataFrame:
    """The rows with the text of each merged cell in all rows that it spans, by header and by the first and last row of each run.

    A text that a row has of its own stays.
    """
    for header, of_header in runs.items():
        covered: list[int] = []
        tops: list[int] = []
        for first, last in sorted(of_header):
            below = range(max(first, covered[-1] if covered else 0) + 1, last + 1)
            covered += below
            tops += [first] * len(below)
        place = pl.DataFrame({"source_row": covered, "=top": tops}, schema=dict.fromkeys(("source_row", "=top"), pl.Int32))
        above = rows.select(pl.col("source_row").alias("=top"), pl.col(header).alias("=above"))
        found = rows.select("source_row", header).join(place, on="source_row", how="left", maintain_order="left")
        found = found.join(above, on="=top", how="left", maintain_order="left")
        own = pl.when(pl.col(header).str.contains(r"\S")).then(pl.col(header))
        rows = rows.with_columns(found.select(pl.coalesce(own, "=above", header)).to_series().alias(header))
    return rows


def apply_rules(rows: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The rows with one more text column for each header that a rule makes. If columns are turned into rows, each row gives several."""
    if mapping.unpivot:
        rows = _unpivoted(rows, mapping.unpivot, mapping)
    made = [_made(rule, mapping).alias(label) for label, rule in mapping.made.items()]
    return rows.with_columns(made) if made else rows


def _unpivoted(rows: pl.DataFrame, rule: Unpivot, mapping: Mapping) -> pl.DataFrame:
    kept = [column for column in rows.columns if column in (*OF_A_ROW, *mapping.headers, mapping.sheet_name) and column not in rule.listed]
    turned = [column for column in rows.columns if column not in kept]
    long = rows.with_row_index("=order").unpivot(turned, index=["=order", *kept], variable_name=rule.name, value_name=rule.value)
    return long.sort("=order", maintain_order=True).drop("=order")


def _made(rule: Rule, mapping: Mapping) -> pl.Expr:
    if isinstance(rule, Joined):
        return pl.concat_str([_present(header, mapping) for header in rule.headers], separator=rule.between, ignore_nulls=True)
    if isinstance(rule, Taken):
        text = with_plain_blanks(pl.col(rule.header))
        # So a text without the part is not taken for an empty one.
        return (
            pl.when(_present(rule.header, mapping).is_not_null())
            .then(text.str.extract(rule.expression).fill_null(NOT_TAKEN))
            .otherwise(text)
        )
    if isinstance(rule, FirstOf):
        return pl.coalesce(_present(header, mapping) for header in rule.headers)
    return _fte(rule, mapping)


def _present(header: str, mapping: Mapping) -> pl.Expr:
    text = with_plain_blanks(pl.col(header))
    return pl.when(~text.is_in(mapping.missing)).then(text)


def _fte(rule: HoursToFte, mapping: Mapping) -> pl.Expr:
    """Hours divided by full-time hours, with six decimals.

    If one is missing or no number, the result is a text that says so, which is rejected.
    """
    hours = _present(rule.hours, mapping)
    number = as_hours(plainly_written(hours, mapping)).map_batches(floats, return_dtype=pl.Float64)
    if rule.standard:
        full = as_hours(plainly_written(_present(rule.standard, mapping), mapping))
    elif rule.by:
        full = _present(rule.by, mapping).replace_strict(rule.table, default=rule.otherwise, return_dtype=pl.String)
    else:
        full = pl.lit(rule.otherwise)
    whole = full.map_batches(floats, return_dtype=pl.Float64)
    fte = pl.when(whole > 0).then((number / whole).round(DECIMALS))
    written = fte.cast(pl.String).str.replace(".", mapping.decimal, literal=True)
    unsaid = pl.concat_str(hours, pl.lit(HOURS_OF), full.fill_null("unknown full-time hours"))
    return pl.when(hours.is_null()).then(pl.lit("")).when(fte.is_finite()).then(written).otherwise(unsaid)
