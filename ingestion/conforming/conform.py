"""From a table of texts to a contract's columns and types. Each value that cannot be read, and each broken rule, is a reason on its row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ingestion.conforming.compiled_mapping import UNNAMED_TOTAL, CompiledMapping
from ingestion.conforming.control_totals import TotalRows
from ingestion.conforming.distinct_texts import BROKEN, LEFT_OUT, ROW_COLUMNS, ROW_HASH, ByHeader
from ingestion.conforming.number_spelling import one_spelling
from ingestion.conforming.rejected_weight import RejectedWeight, Weights
from ingestion.conforming.rejection_reasons import Reason
from ingestion.conforming.rows_hash import Hashes, RowsHash
from ingestion.reading.extract_table import SHEET, Table
from ingestion.reading.prefetching import ahead
from ingestion.reading.sheet import Misfit
from ingestion.refusal import FileRefused, Finding, refuse

ROWS_AT_A_TIME = 200_000
# A file with more rejected rows than these is not the table that its mapping describes, and their texts would fill the memory.
MOST_REJECTED = 200_000
ROW_TEXT, SHAPE = "what is kept of the row", "how the cell is written"
REJECTED = {
    "source_row": pl.Int32,
    "rule": pl.String,
    "column": pl.String,
    "message": pl.String,
    "shape": pl.String,
    "found": pl.String,
    "row_text": pl.String,
}


@dataclass(frozen=True)
class Conformed:
    """The rows of an extract, sorted by what became of them.

    `rows_read` counts all rows, with misfits and blank ones. `accepted` has source_row and the contract's columns, typed, before
    anything is protected.

    `rejected` has one row per reason: source_row, rule, column, message, shape (how the cell is written), found (the text of the
    cell, for open columns) and row_text. Only the last two hold values. `rejected_keys` has one row per rejected row with a number
    that can be read: source_row, and the columns that are read from rejected rows, empty if they cannot be read.

    `left_out` has the number of rows by the reason why they were left out. `notes` are about rows that are used. `rejected_weights`
    say how much of the FTE, money or hours is in rejected rows. `rows_hash` identifies the rows that were not left out.
    """

    rows_read: int
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    rejected_keys: pl.DataFrame
    rows_rejected: int
    left_out: dict[str, int]
    rows_hash: str
    notes: tuple[Finding, ...] = ()
    rejected_weights: tuple[RejectedWeight, ...] = ()

    @property
    def rejected_share(self) -> float:
        """The share of rejected rows among the accepted and rejected rows."""
        return self.rows_rejected / max(self.rows_rejected + self.accepted.height, 1)

    @property
    def has_rows(self) -> bool:
        """Whether there is any row besides blank ones and those left out by rule."""
        return bool(self.accepted.height or self.rows_rejected)

    @property
    def rows_left_out(self) -> int:
        return sum(self.left_out.values())

    def counts(self) -> list[tuple[str, str, int, int, str]]:
        """Each rule and column with rejected rows: how many rows, the first row, and how its cell is written."""
        grouped = self.rejected.group_by("rule", "column", maintain_order=True)
        return grouped.agg(pl.len(), pl.col("source_row").min(), pl.col("shape").sort_by("source_row").first()).rows()

    def rejections(self) -> list[Finding]:
        """A finding for each of the counts. Values are in the rejected rows only."""
        return [
            Finding("rows_rejected", f"{rule}: rows rejected: {count}, the first is row {row}{shape and ': '}{shape}", row, column or None)
            for rule, column, count, row, shape in self.counts()
        ]


def conform(table: Table, compiled: CompiledMapping, take: Callable[[pl.DataFrame], object] | None = None) -> Conformed:
    """Map, read, type and check every row of an extract. `compiled` is made once per mapping. Raises nothing for bad rows.

    Rows come in portions. The next rows are read while these are matched to the contract. `take` gets the accepted rows, because
    the texts of all rows together need several times the memory of the accepted ones. Raises FileRefused if the rows cannot be
    read.
    """
    reader, firsts, totals, weights = ByHeader(compiled), _Firsts(compiled), TotalRows(compiled), Weights(compiled.weights)
    rows_hash = RowsHash()
    read = 0
    notes: list[Finding] = []
    misfits: list[Misfit] = []
    slices: list[_Slice] = []
    left_out: Counter[str] = Counter()
    for block in ahead(table.blocks):
        read += block.rows_read
        misfits += block.misfits
        rows_hash.add_misfits(block.misfits)
        notes += block.notes
        left_out.update({"blank": block.blank, "below the table": block.below})
        totals.add(block.rows)
        # A table without rows still needs its columns. The last block, which has only notes, needs nothing.
        for rows in block.rows.iter_slices(ROWS_AT_A_TIME) if block.rows.height or slices else [block.rows]:
            slices.append(_slice(rows, compiled, reader, firsts, weights, totals))
            left_out.update(slices[-1].left_out)
            rows_hash.add(slices[-1].hashes)
            if sum(part.rows_rejected for part in slices) > MOST_REJECTED:
                raise _too_many(slices)
            if take:
                take(slices[-1].accepted)
    weights.reject_unread(len(misfits))
    notes += [*totals.disagreeing(), *totals.left_out(), *reader.formulas()]
    return Conformed(
        rows_read=read,
        accepted=pl.concat([part.accepted for part in slices]),
        rejected=pl.concat([_misfits(misfits), *(part.rejected for part in slices)]).sort("source_row", maintain_order=True),
        rejected_keys=pl.concat([part.rejected_keys for part in slices]).sort("source_row", maintain_order=True),
        rows_rejected=len(misfits) + sum(part.rows_rejected for part in slices),
        left_out={why: count for why, count in left_out.items() if count},
        rows_hash=rows_hash.hexdigest(),
        notes=tuple(dict.fromkeys(notes)),
        rejected_weights=weights.shares(),
    )


def _too_many(slices: list[_Slice]) -> FileRefused:
    rejected = pl.concat([part.rejected for part in slices])
    counted = rejected.group_by("rule", "column").agg(pl.len(), pl.col("source_row").min()).sort("len", descending=True)
    rule, column, _, row = counted.row(0)
    says = f"more than {MOST_REJECTED:,} rows are rejected, most of them by the rule {rule}, the first in row {row}"
    return refuse("all_rows_rejected", f"{says}. Check that the mapping fits the file, or send the extract again", row, column or None)


@dataclass(frozen=True)
class _Slice:
    """Some rows of a table, sorted by what became of them."""

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    rejected_keys: pl.DataFrame
    rows_rejected: int
    left_out: dict[str, int]
    hashes: Hashes


def _slice(rows: pl.DataFrame, compiled: CompiledMapping, reader: ByHeader, firsts: _Firsts, weights: Weights, totals: TotalRows) -> _Slice:
    made = reader.read(rows)
    left_out = {}
    kept = pl.repeat(True, rows.height, eager=True)
    for why in compiled.left_out:
        is_left = kept & made[LEFT_OUT + why]
        left_out[why] = int(is_left.sum())
        kept &= ~is_left
    good = kept & ~made[BROKEN]
    accepted = made.filter(good).select(*_row_columns(rows), *compiled.columns)
    bad = rows.filter(kept & ~good)
    parts, keys = [], pl.DataFrame(schema={"source_row": pl.Int32} | dict.fromkeys(compiled.when_rejected, pl.String))
    if bad.height:
        bad = _explained(bad, compiled)
        is_total = totals.unnamed(bad)
        left_out[UNNAMED_TOTAL] = int(is_total.sum())
        bad = bad.filter(~is_total)
        weights.reject(bad)
        parts, keys = _all_reasons(bad, compiled), _readable_keys(bad, compiled)
    if compiled.key:
        first = firsts.of(accepted)
        if not first.all():
            repeated = _explained(rows.filter(good).filter(~first), compiled)
            weights.reject(repeated)
            parts.append(_reasons(repeated, compiled.duplicate))
            accepted = accepted.filter(first)
    weights.accept(accepted)
    return _Slice(
        accepted=accepted,
        rejected=pl.concat([pl.DataFrame(schema=REJECTED), *parts]),
        rejected_keys=keys,
        rows_rejected=int(kept.sum()) - accepted.height - left_out.get(UNNAMED_TOTAL, 0),
        left_out=left_out,
        hashes=made[ROW_HASH].filter(kept).to_numpy(),
    )


class _Firsts:
    """Which rows are the first with their key, for rows that come in portions."""

    def __init__(self, compiled: CompiledMapping) -> None:
        self.key, self.one_spelling = compiled.key, compiled.one_spelling
        self.keys: list[pl.DataFrame] = []
        self.hashes: list[pl.Series] = []

    def of(self, rows: pl.DataFrame) -> pl.Series:
        """Whether each row is the first with its key, among these rows and all rows before."""
        keys = rows.select(self.key).with_columns(one_spelling(rows[name], kind) for name, kind in self.one_spelling.items())
        hashes = keys.hash_rows()
        # Equal keys have equal hashes. If no hash repeats, no key does, and the slower look at the keys is not needed.
        repeats = hashes.n_unique() < hashes.len() or any(before.is_in(hashes.implode()).any() for before in self.hashes)
        self.keys.append(keys)
        self.hashes.append(hashes)
        if not repeats:
            return pl.repeat(True, rows.height, eager=True)
        return pl.concat(self.keys).select(pl.struct(self.key).is_first_distinct()).to_series().tail(rows.height)


def _all_reasons(rows: pl.DataFrame, compiled: CompiledMapping) -> list[pl.DataFrame]:
    """One row per reason for each rejected row, in the order of the reasons. The rows come from `explained`."""
    broken = rows.select(reason.broken.fill_null(False).alias(str(at)) for at, reason in enumerate(compiled.reasons))
    return [_reasons(rows.filter(broken[str(at)]), reason) for at, reason in enumerate(compiled.reasons) if broken[str(at)].any()]


def _readable_keys(rows: pl.DataFrame, compiled: CompiledMapping) -> pl.DataFrame:
    """Each explained row with a number that can be read, with its numbers. A number that itself breaks a rule is empty.

    A row that repeats the key of an accepted row is left out, because the accepted row reports the same.
    """
    keys = [
        pl.when(
            ~pl.any_horizontal(pl.lit(False), *(reason.broken.fill_null(False) for reason in compiled.reasons if reason.column == name))
        )
        .then(pl.col(name))
        .alias(name)
        for name in compiled.when_rejected
    ]
    read = rows.select(pl.col("source_row").cast(pl.Int32), *keys)
    return read.filter(pl.any_horizontal(pl.lit(False), *(pl.col(name).is_not_null() for name in compiled.when_rejected)))


def _explained(rows: pl.DataFrame, compiled: CompiledMapping) -> pl.DataFrame:
    """Texts and values of rows to be rejected, and what is kept of each.

    They are made once, so that all reasons of a row share its text.
    """
    return rows.select(*_row_columns(rows), *compiled.texts).with_columns(compiled.typed).with_columns(compiled.row_text.alias(ROW_TEXT))


def _row_columns(rows: pl.DataFrame) -> list[str]:
    return [row_column for row_column in ROW_COLUMNS if row_column in rows.columns]


def _reasons(rows: pl.DataFrame, reason: Reason) -> pl.DataFrame:
    rows = rows.with_columns(reason.shape.alias(SHAPE))
    message = reason.message(pl.col(SHAPE))
    return rows.select(
        "source_row",
        rule=pl.lit(reason.rule),
        column=pl.lit(reason.column),
        message=pl.concat_str(pl.col(SHEET), pl.lit(": "), message) if SHEET in rows.columns else message,
        shape=SHAPE,
        found=reason.found,
        row_text=ROW_TEXT,
    ).cast(REJECTED)  # type: ignore[arg-type]


def _misfits(misfits: list[Misfit]) -> pl.DataFrame:
    """Rows that do not fit the header. It is not known which field is whose, so none of their text is kept."""
    rows = {"source_row": [misfit.row for misfit in misfits], "rule": [misfit.rule for misfit in misfits], "column": ""}
    said = {"message": [misfit.says for misfit in misfits], "shape": "", "found": "", "row_text": "{}"}
    return pl.DataFrame(rows | said, schema=REJECTED)
