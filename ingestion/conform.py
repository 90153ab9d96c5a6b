"""A table of texts to a contract's columns and types. Each value that cannot be read and each broken rule is a reason on its row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

import polars as pl

from ingestion.fit import Fit, Reason
from ingestion.read import SHEET, Table
from ingestion.refusal import Finding
from ingestion.totals import disagreeing_totals, formulas

ROWS_AT_A_TIME = 50_000
PLACE = "place in the slice"
REJECTED = {"source_row": pl.Int32, "rule": pl.String, "column": pl.String, "message": pl.String, "row_text": pl.String}


@dataclass(frozen=True)
class Conformed:
    """The rows of an extract, told apart.

    `accepted` has source_row and the contract's columns, typed, before anything is protected. `rejected` has a row a reason:
    source_row, rule, column, message, row_text. `left_out` has the number of rows by why they were left out. `notes` say what is
    worth knowing of rows that are used.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    rows_rejected: int
    left_out: dict[str, int]
    notes: tuple[Finding, ...] = ()

    @property
    def rows_left_out(self) -> int:
        return sum(self.left_out.values())


def conform(table: Table, fit: Fit) -> Conformed:
    """Map, read, type and check every row of an extract; `fit` is made once a mapping. Raises nothing for bad rows.

    Rows are taken some at a time: their texts and values together need several times the memory of the rows that are accepted.
    """
    slices = [_slice(rows, fit) for rows in table.rows.iter_slices(ROWS_AT_A_TIME)] or [_slice(table.rows, fit)]
    accepted = pl.concat([one.accepted for one in slices])
    parts = [_misfits(table)] if table.misfits else []
    parts += [one.rejected for one in slices if one.rejected.height]
    rows_rejected = len(table.misfits) + sum(one.rows_rejected for one in slices)
    if fit.key:
        first = accepted.select(pl.struct(fit.key).is_first_distinct()).to_series()
        if not first.all():
            repeated = table.rows.filter(pl.int_range(pl.len()).is_in(_places(slices).filter(~first).to_list()))
            parts.append(_reasons(_typed(repeated, fit), fit, fit.duplicate))
            accepted = accepted.filter(first)
            rows_rejected += repeated.height
    left_out = Counter({"blank": table.blank, "below the table": table.below})
    for one in slices:
        left_out.update(one.left_out)
    return Conformed(
        accepted=accepted,
        rejected=pl.concat(parts).sort("source_row", maintain_order=True) if parts else pl.DataFrame(schema=REJECTED),
        rows_rejected=rows_rejected,
        left_out={why: count for why, count in left_out.items() if count},
        notes=(*disagreeing_totals(table.rows, fit), *formulas(table.rows, fit)),
    )


@dataclass(frozen=True)
class _Slice:
    """Some rows of a table, told apart. `places` counts from the slice's first row and has those of the accepted ones."""

    height: int
    accepted: pl.DataFrame
    places: pl.Series
    rejected: pl.DataFrame
    rows_rejected: int
    left_out: dict[str, int]


def _slice(rows: pl.DataFrame, fit: Fit) -> _Slice:
    height = rows.height
    rows = _texts(rows, fit).with_columns(pl.int_range(pl.len()).alias(PLACE))
    left_out = {}
    for why, condition in fit.left_out.items():
        kept = rows.filter(~condition)
        left_out[why] = rows.height - kept.height
        rows = kept
    rows = rows.with_columns(fit.typed)
    broken = rows.select(reason.broken.fill_null(False).alias(str(at)) for at, reason in enumerate(fit.reasons))
    good = ~broken.select(pl.any_horizontal(pl.all())).to_series() if fit.reasons else pl.repeat(True, rows.height, eager=True)
    accepted = rows.filter(good)
    parts = []
    if accepted.height < rows.height:
        counts = broken.sum().row(0)
        parts = [_reasons(rows.filter(broken[str(at)]), fit, fit.reasons[at]) for at, count in enumerate(counts) if count]
    return _Slice(
        height=height,
        accepted=accepted.select(*_row_columns(rows), *fit.columns),
        places=accepted[PLACE],
        rejected=pl.concat(parts) if parts else pl.DataFrame(schema=REJECTED),
        rows_rejected=rows.height - accepted.height,
        left_out=left_out,
    )


def _places(slices: list[_Slice]) -> pl.Series:
    """The places of the accepted rows in the whole table."""
    starts = accumulate((one.height for one in slices), initial=0)
    return pl.concat([one.places + start for one, start in zip(slices, starts, strict=False)])


def _texts(rows: pl.DataFrame, fit: Fit) -> pl.DataFrame:
    return rows.select(*_row_columns(rows), *fit.texts)


def _typed(rows: pl.DataFrame, fit: Fit) -> pl.DataFrame:
    return _texts(rows, fit).with_columns(fit.typed)


def _row_columns(rows: pl.DataFrame) -> list[str]:
    return [one for one in ("source_row", SHEET) if one in rows.columns]


def _reasons(rows: pl.DataFrame, fit: Fit, reason: Reason) -> pl.DataFrame:
    return rows.select(
        "source_row",
        rule=pl.lit(reason.rule),
        column=pl.lit(reason.column),
        message=pl.concat_str(pl.col(SHEET), pl.lit(": "), reason.message) if SHEET in rows.columns else reason.message,
        row_text=fit.row_text,
    ).cast(REJECTED)  # type: ignore[arg-type]


def _misfits(table: Table) -> pl.DataFrame:
    """Rows that the header does not fit: which field is whose is not known, so none of their text is kept."""
    rows = {"source_row": [one.row for one in table.misfits], "rule": [one.rule for one in table.misfits], "column": ""}
    return pl.DataFrame(rows | {"message": [one.says for one in table.misfits], "row_text": "{}"}, schema=REJECTED)
