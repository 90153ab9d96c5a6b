"""The judgement on a month of an extract: what became of its rows, what holds it, and what is worth knowing if nothing does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from contracts import Contract
from ingestion.conforming.compiled_mapping import CompiledMapping
from ingestion.conforming.conform import Conformed, conform
from ingestion.conforming.drift import changed_columns, doubtful_values, new_codes
from ingestion.conforming.rejected_weight import heavier
from ingestion.mapping import Mapping
from ingestion.reading.extract_months import as_at
from ingestion.reading.extract_table import Table
from ingestion.refusal import Finding


@dataclass(frozen=True)
class Judged:
    """The rows of a month (None: not known), sorted by what became of them, with the sheet and the header's row.

    If `held` has anything, none of the rows is used. `notes` are about the file and given once. `row_notes` are about this month's
    rows, and the checks count them.
    """

    period: str | None
    sheet: str | None
    header_row: int
    conformed: Conformed
    held: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    row_notes: tuple[Finding, ...] = ()


def judge(
    table: Table,
    mapping: Mapping,
    promised: Contract,
    compiled: CompiledMapping,
    period: str | None,
    take: Callable[[pl.DataFrame], object] | None = None,
) -> Judged:
    """Judge a month of an extract. `table` has its rows. Nothing is written. `take` gets the accepted rows as they come.

    `mapping` goes as far as the version `promised`, and `compiled` is the compiled mapping. Raises FileRefused if the rows cannot
    be read, or are for another month.
    """
    conformed = conform(table if period is None else as_at(table, mapping, period), compiled, take)
    holding, rejecting = new_codes(conformed, promised, mapping)
    # A column that changed already says why no row is left.
    held = (*(changed_columns(conformed, promised, mapping) or _without_rows(conformed, mapping)), *holding)
    if held:
        held, rejecting = (*held, *rejecting), []
    row_notes = (*heavier(conformed.rejected_weights, conformed.rejected_share), *doubtful_values(conformed, promised, mapping))
    return Judged(period, table.sheet, table.header_row, conformed, held, (*conformed.notes, *rejecting), row_notes)


def with_rows(months: Sequence[Judged]) -> tuple[Judged, ...]:
    """The months of a file without those that have no row left, which are no deliveries.

    If none has rows, the last one stands for the file.
    """
    return tuple(judged for judged in months if judged.conformed.has_rows) or tuple(months[-1:])


def _without_rows(conformed: Conformed, mapping: Mapping) -> list[Finding]:
    """A finding if no row can be used."""
    if conformed.accepted.height:
        return []
    if conformed.rows_rejected:
        why = "; ".join(finding.says for finding in conformed.rejections())
        says = f"all {conformed.rows_rejected} rows are rejected: {why}. Correct the mapping {mapping.path}, or send the extract again"
        return [Finding("all_rows_rejected", says)]
    if mapping.may_be_empty:
        return []
    left_out = ", ".join(f"{why}: {count}" for why, count in conformed.left_out.items())
    found = f"besides rows left out by rule ({left_out})" if left_out else "below the header"
    says = f"the file has no rows {found}. Expected rows; send the extract again"
    return [Finding("empty_file", f"{says}, or set `file.may_be_empty: true` in the mapping if there can be none")]
