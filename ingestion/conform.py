"""A table of texts to a contract's columns and types. Each value that cannot be read and each broken rule is a reason on its row."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ingestion.fit import Fit, Reason
from ingestion.read import Table

REJECTED = {"source_row": pl.Int32, "rule": pl.String, "column": pl.String, "message": pl.String, "row_text": pl.String}


@dataclass(frozen=True)
class Conformed:
    """The rows of an extract, told apart.

    `accepted` has source_row and the contract's columns, typed, before anything is protected. `rejected` has a row a reason:
    source_row, rule, column, message, row_text. `left_out` has the number of rows by why they were left out.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    rows_rejected: int
    left_out: dict[str, int]

    @property
    def rows_left_out(self) -> int:
        return sum(self.left_out.values())


def conform(table: Table, fit: Fit) -> Conformed:
    """Map, read, type and check every row of an extract; `fit` is made once a mapping. Raises nothing for bad rows."""
    rows = table.rows.select("source_row", *fit.texts)
    left_out = {"blank": table.blank}
    for why, condition in fit.left_out.items():
        kept = rows.filter(~condition)
        left_out[why] = rows.height - kept.height
        rows = kept
    rows = rows.with_columns(fit.typed)
    broken = rows.select(reason.broken.fill_null(False).alias(str(at)) for at, reason in enumerate(fit.reasons))
    good = ~broken.select(pl.any_horizontal(pl.all())).to_series() if fit.reasons else pl.repeat(True, rows.height, eager=True)
    accepted = rows.filter(good)
    parts = [_misfits(table)] if table.misfits else []
    if accepted.height < rows.height:
        counts = broken.sum().row(0)
        parts += [_reasons(rows.filter(broken[str(at)]), fit, fit.reasons[at]) for at, count in enumerate(counts) if count]
    if fit.key:
        first = accepted.select(pl.struct(fit.key).is_first_distinct()).to_series()
        if not first.all():
            parts.append(_reasons(accepted.filter(~first), fit, fit.duplicate))
            accepted = accepted.filter(first)
    rejected = pl.concat(parts).sort("source_row", maintain_order=True) if parts else pl.DataFrame(schema=REJECTED)
    return Conformed(
        accepted=accepted.select("source_row", *fit.columns),
        rejected=rejected,
        rows_rejected=rows.height - accepted.height + len(table.misfits),
        left_out={why: count for why, count in left_out.items() if count},
    )


def _reasons(rows: pl.DataFrame, fit: Fit, reason: Reason) -> pl.DataFrame:
    return rows.select(
        "source_row",
        rule=pl.lit(reason.rule),
        column=pl.lit(reason.column),
        message=reason.message,
        row_text=fit.row_text,
    ).cast(REJECTED)  # type: ignore[arg-type]


def _misfits(table: Table) -> pl.DataFrame:
    """Rows that the header does not fit: which field is whose is not known, so none of their text is kept."""
    rows = {"source_row": [row for row, _ in table.misfits], "rule": "wrong_number_of_fields", "column": ""}
    return pl.DataFrame(rows | {"message": [says for _, says in table.misfits], "row_text": "{}"}, schema=REJECTED)
