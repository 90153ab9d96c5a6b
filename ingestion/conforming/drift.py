"""What is reported about a column of an extract besides its rejected rows: a layout or codes that changed, and doubtful values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import polars as pl

from contracts import Column, Contract
from ingestion.conforming.conform import Conformed
from ingestion.conforming.rejection_reasons import LOOKS_LIKE
from ingestion.mapping import Mapping
from ingestion.refusal import Finding

# Fewer values than these are single mistakes. Their rows are rejected, and the column is used.
LEAST_OF_A_KIND = 10
MOST_UNREADABLE_SHARE = 0.5


def changed_columns(conformed: Conformed, contract: Contract, mapping: Mapping) -> list[Finding]:
    """A finding for each column in which more than half of the values cannot be read as its type, as when numbers became text."""
    findings = []
    for column in _mapped(contract, mapping):
        if column.logical_type not in LOOKS_LIKE or column.name in mapping.codes:
            continue
        rule = LOOKS_LIKE[column.logical_type][0]
        broken = conformed.rejected.filter((pl.col("rule") == rule) & (pl.col("column") == column.name))
        if broken.height < LEAST_OF_A_KIND:
            continue
        values = broken.height + conformed.accepted[column.name].count() + _other_values(conformed, column, mapping, rule)
        if broken.height > values * MOST_UNREADABLE_SHARE:
            first = broken.sort("source_row").row(0, named=True)
            header, row, shape = mapping.columns[column.name], int(first["source_row"]), first["shape"]
            says = f"the column '{header}' changed: {broken.height:,} of its {values:,} values cannot be read as a {column.logical_type}"
            says = f"{says}, the first in row {row}{shape and ': '}{shape}. Send the extract as before, or correct `columns` or how values are written"
            findings.append(Finding("column_changed", f"{says} in {mapping.path}", row, header))
    return findings


def new_codes(conformed: Conformed, contract: Contract, mapping: Mapping) -> tuple[list[Finding], list[Finding]]:
    """A finding for each column with values that its codes do not list: those that hold the file, and those that only reject rows.

    One row is enough to hold the file, unless the mapping says otherwise for a column. A value that is not listed may be anything,
    even a person's name. It is only in the restricted rejected rows.
    """
    holding: list[Finding] = []
    rejecting: list[Finding] = []
    for column, unknown in _unlisted(conformed, contract, mapping):
        header = mapping.columns[column.name]
        counts = Counter(_texts(unknown, header))
        holds = max(counts.values()) >= mapping.new_codes_hold_from.get(column.name, 1)
        row, shape = unknown.select("source_row", "shape").row(0)
        says = f"the column '{header}' has values that its codes do not list: {len(counts):,} different in {unknown.height:,} rows"
        says = f"{says}, the first in row {row}{shape and ': '}{shape}. The restricted rejected rows show them"
        advice = f"Add each to `codes.{column.name}` in {mapping.path}, or have it corrected in the system"
        (holding if holds else rejecting).append(Finding("new_code", f"{says}. {advice}", row, header))
    return holding, rejecting


def doubtful_values(conformed: Conformed, contract: Contract, mapping: Mapping) -> list[Finding]:
    """A finding for each rule that accepted rows break and are kept all the same, with how many rows and the first one.

    Never with a value.
    """
    findings = []
    for rule in (rule for rule in contract.rules if rule.severity == "note" and rule.sql is not None):
        broken = conformed.accepted.select(pl.col("source_row").filter(~pl.sql_expr(str(rule.sql)))).to_series()
        if broken.len():
            header, row = mapping.columns.get(rule.column or ""), int(broken.sort()[0])
            says = f"{rule.says}; {broken.len():,} rows say something else and are kept, the first is row {row}"
            says = f"'{header}': {says}" if header else says
            findings.append(Finding("doubtful_value", f"{says}. Fix: {rule.fix}", row, header))
    return findings


def _unlisted(conformed: Conformed, contract: Contract, mapping: Mapping) -> Iterator[tuple[Column, pl.DataFrame]]:
    """Each column with values that its codes do not list, and the rejected rows that have them, in their order."""
    for column in _mapped(contract, mapping):
        rule = column.codes_rule.name if column.codes_rule else "code_not_listed"
        unknown = conformed.rejected.filter((pl.col("rule") == rule) & (pl.col("column") == column.name))
        if unknown.height:
            yield column, unknown.sort("source_row", maintain_order=True)


def _mapped(contract: Contract, mapping: Mapping) -> list[Column]:
    return [column for column in contract.columns if column.name in mapping.columns and column.privacy != "drop"]


def _other_values(conformed: Conformed, column: Column, mapping: Mapping, rule: str) -> int:
    """How many values of a column are in rows that were rejected for another reason."""
    mine = (pl.col("rule") == rule) & (pl.col("column") == column.name)
    rows = conformed.rejected.group_by("source_row", "row_text").agg(mine.any().alias("mine"))
    return sum(text is not None for text in _texts(rows.filter(~pl.col("mine")), mapping.columns[column.name]))


def _texts(rejected: pl.DataFrame, header: str) -> list[str | None]:
    """The text under a header in rejected rows. None if it was empty, or if the row did not fit the header."""
    return [json.loads(text).get(header) for text in rejected["row_text"]]
