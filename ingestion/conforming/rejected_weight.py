"""How much of what an extract counts (FTE, money, hours) is in its rejected rows: four rows of a hundred may hold half of the FTE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from contracts import Column
from ingestion.conforming.rejection_reasons import TEXT
from ingestion.reading.text_values import number_of
from ingestion.refusal import Finding

NUMBER_IN_TEXT = re.compile(r"\d(?:[\d,.]*\d)?")


@dataclass(frozen=True)
class RejectedWeight:
    """The share (0 to 1) of a column's numbers that is in rejected rows. `unreadable` counts the rows whose number cannot be read."""

    header: str
    word: str
    share: float
    unreadable: int


@dataclass
class _Sums:
    """The weights of rows so far.

    `largest` is the heaviest accepted row. `unknown` is the number of rejected rows whose weight is not known.
    """

    accepted: float = 0.0
    rejected: float = 0.0
    largest: float = 0.0
    unknown: int = 0


@dataclass
class Weights:
    """The weights of a table's rows, collected in portions. `columns` has the contract's columns that weigh, and their headers."""

    columns: Sequence[tuple[Column, str]]
    sums: dict[str, _Sums] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sums = {column.name: _Sums() for column, _ in self.columns}

    def accept(self, rows: pl.DataFrame) -> None:
        """Add accepted rows, by their typed columns."""
        for column, _ in self.columns:
            weights = rows[column.name].cast(pl.Float64).abs()
            sums = self.sums[column.name]
            sums.accepted += float(weights.sum() or 0.0)
            sums.largest = max(sums.largest, float(weights.max() or 0.0))  # type: ignore[arg-type]

    def reject(self, rows: pl.DataFrame) -> None:
        """Add rejected rows, by their texts and typed columns. If a number cannot be read, the one number in its text counts.

        If a cell has no number, or is empty although a number is needed, the weight is unknown.
        """
        for column, _ in self.columns:
            sums = self.sums[column.name]
            for text, value in rows.select(pl.col(TEXT + column.name), pl.col(column.name).cast(pl.Float64)).iter_rows():
                weight = value if value is not None or text is None else _number_in(text)
                if weight is not None:
                    sums.rejected += min(abs(weight), column.weighs_at_most or abs(weight))
                elif text is not None or column.required:
                    sums.unknown += 1

    def reject_unread(self, rows: int) -> None:
        """Add a number of rejected rows of which nothing is known."""
        for sums in self.sums.values():
            sums.unknown += rows

    def shares(self) -> tuple[RejectedWeight, ...]:
        """The share of each column that is in rejected rows.

        A row whose weight is not known weighs as much as the heaviest accepted row.
        """
        found = []
        for column, header in self.columns:
            sums = self.sums[column.name]
            rejected = sums.rejected + sums.unknown * sums.largest
            if rejected:
                found.append(RejectedWeight(header, str(column.weight), rejected / (rejected + sums.accepted), sums.unknown))
        return tuple(found)


def heavier(weights: Sequence[RejectedWeight], share_of_rows: float) -> list[Finding]:
    """A note for each column with a larger share in the rejected rows than their number suggests."""
    findings = []
    for weight in weights:
        if weight.share > share_of_rows:
            says = f"the rejected rows hold {weight.share:.0%} of the {weight.word} in the column '{weight.header}', and are {share_of_rows:.0%} of the rows"
            if weight.unreadable:
                says += f"; {weight.unreadable:,} of them do not say how much, and count as much as the largest row that is used"
            findings.append(Finding("rejected_weight", f"{says}. Correct the rejected rows first that hold most", column=weight.header))
    return findings


def _number_in(text: str) -> float | None:
    """The one number in a text, as in `25 FTE` or `12,5`. None if it has none, or several."""
    numbers = NUMBER_IN_TEXT.findall(text)
    if len(numbers) != 1:
        return None
    number = number_of(numbers[0]) or number_of(numbers[0].replace(",", "."))
    return float(number) if number is not None else None
