"""What an extract is reported for beside its rejected rows, once a column: a layout or codes that changed, values that are doubtful."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import polars as pl

from ingestion.conform import Conformed
from ingestion.contract import Column, Contract
from ingestion.mapping import Mapping
from ingestion.reasons import LOOKS_LIKE, SHOWN_CHARACTERS
from ingestion.refusal import Finding

# Fewer values than these are single mistakes: their rows are rejected, and the column is used.
LEAST_OF_A_KIND = 10
MOST_UNREADABLE_SHARE = 0.5
# More different unknown values than these are no codes: another column may stand in this one's place, so none is named.
MOST_CODES_NAMED = 10


def changed_columns(conformed: Conformed, contract: Contract, mapping: Mapping) -> list[Finding]:
    """A finding for each column of which more than half of the values cannot be read as its type, as when numbers became text."""
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
            header, row = mapping.columns[column.name], int(broken["source_row"].sort()[0])
            says = f"the column '{header}' changed: {broken.height:,} of its {values:,} values cannot be read as a {column.logical_type}"
            says = f"{says}, the first in row {row}. Send the extract as before, or mend `columns` or how values are written"
            findings.append(Finding("column_changed", f"{says} in {mapping.path}", row, header))
    return findings


def new_codes(conformed: Conformed, contract: Contract, mapping: Mapping) -> tuple[list[Finding], list[Finding]]:
    """A finding for each value that a column's codes do not list, with its rows: those that hold the file, and those that only reject rows.

    One row is enough to hold it, unless the mapping says otherwise of a column. The value is named for open columns alone.
    """
    holding: list[Finding] = []
    rejecting: list[Finding] = []
    for column, rows in _unlisted(conformed, contract, mapping):
        header = mapping.columns[column.name]
        counts = Counter(text for _, text in rows)
        holds = max(counts.values()) >= mapping.new_codes_hold_from.get(column.name, 1)
        found = holding if holds else rejecting
        advice = f"Add it to `codes.{column.name}` in {mapping.path}, or have it corrected in the system"
        if column.privacy != "open" or len(counts) > MOST_CODES_NAMED:
            says = f"the column '{header}' has values that its codes do not list: {len(counts):,} different ones in {len(rows):,} rows"
            found.append(Finding("new_code", f"{says}, the first in row {rows[0][0]}. {advice}", rows[0][0], header))
            continue
        for text, count in counts.items():
            first = next(row for row, found_there in rows if found_there == text)
            says = f"the column '{header}' has a new code '{(text or '')[:SHOWN_CHARACTERS]}' in {count:,} rows, the first is row {first}"
            found.append(Finding("new_code", f"{says}. {advice}", first, header))
    return holding, rejecting


def doubtful_values(conformed: Conformed, contract: Contract, mapping: Mapping) -> list[Finding]:
    """A finding for each rule that accepted rows break and are kept all the same, with how many and the first; never with a value."""
    findings = []
    for rule in (one for one in contract.rules if one.severity == "note" and one.sql is not None):
        broken = conformed.accepted.select(pl.col("source_row").filter(~pl.sql_expr(str(rule.sql)))).to_series()
        if broken.len():
            header, row = mapping.columns.get(rule.column or ""), int(broken.sort()[0])
            says = f"{rule.says}; {broken.len():,} rows say something else and are kept, the first is row {row}"
            says = f"'{header}': {says}" if header else says
            findings.append(Finding("doubtful_value", f"{says}. Fix: {rule.fix}", row, header))
    return findings


def _unlisted(conformed: Conformed, contract: Contract, mapping: Mapping) -> Iterator[tuple[Column, list[tuple[int, str | None]]]]:
    """Each column with values that its codes do not list, and those values with their rows."""
    for column in _mapped(contract, mapping):
        rule = column.codes_rule.name if column.codes_rule else "code_not_listed"
        unknown = conformed.rejected.filter((pl.col("rule") == rule) & (pl.col("column") == column.name))
        if unknown.height:
            texts = _texts(unknown, mapping.columns[column.name])
            yield column, list(zip(unknown["source_row"].to_list(), texts, strict=True))


def _mapped(contract: Contract, mapping: Mapping) -> list[Column]:
    return [one for one in contract.columns if one.name in mapping.columns and one.privacy != "drop"]


def _other_values(conformed: Conformed, column: Column, mapping: Mapping, rule: str) -> int:
    """How many values of a column stand in rows that were rejected for something else."""
    mine = (pl.col("rule") == rule) & (pl.col("column") == column.name)
    rows = conformed.rejected.group_by("source_row", "row_text").agg(mine.any().alias("mine"))
    return sum(text is not None for text in _texts(rows.filter(~pl.col("mine")), mapping.columns[column.name]))


def _texts(rejected: pl.DataFrame, header: str) -> list[str | None]:
    """What stood under a header in rejected rows; None where it was empty, or the row did not fit the header."""
    return [json.loads(text).get(header) for text in rejected["row_text"]]
