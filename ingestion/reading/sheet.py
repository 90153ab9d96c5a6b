"""What a file of any format looks like once it is open: its first rows, in which the header is looked for, and all rows below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from ingestion.refusal import Finding

HEAD_ROWS = 40


@dataclass(frozen=True)
class Misfit:
    """A row that cannot be split into columns, or belongs to no month:

    its number, and why. `start` is its first field, and is not stored.
    """

    row: int
    says: str
    rule: str = "wrong_number_of_fields"
    start: str = field(default="", repr=False, compare=False)


Misfits = tuple[Misfit, ...]


@dataclass(frozen=True)
class Body:
    """Rows below the header: their numbers, each column's texts (made when they are asked for), and the misfits among them."""

    numbers: pl.Series
    column: Callable[[int], pl.Series]
    misfits: Misfits = ()
    # The texts as a person sees them, for columns in which the workbook does not show its numbers in full.
    shown: dict[int, pl.Series] = field(default_factory=dict)

    def above(self, end: int) -> Body:
        """The rows with the lower numbers."""
        misfits = tuple(misfit for misfit in self.misfits if misfit.row < end)
        return Body(self.numbers.filter(self.numbers < end), self.column, misfits, self.shown)

    def as_shown(self, at: int) -> pl.Series:
        """A column's texts as a person sees them."""
        return self.shown[at] if at in self.shown else self.column(at)


# The rows below a header at a place (from 0) with so many fields, all at once or, if a format can, in portions.
Below = Callable[[int, int], Iterator[Body]]


@dataclass(frozen=True)
class Layout:
    """The facts of a sheet beside its cells: rows by their numbers, columns by their places, each run by its first and last.

    `merged` has the runs of rows that one cell spans, by its column. `from_1904` says that days count from 1904.
    """

    from_1904: bool = False
    is_hidden: bool = False
    hidden_rows: tuple[tuple[int, int], ...] = ()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    merged: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """`head` is the first rows as texts, in their places. `notes` are about the whole file.

    `name` is None if a format has no sheets. `place` counts the sheets of a workbook from 1.
    """

    name: str | None
    head: list[list[str]]
    below: Below
    notes: tuple[Finding, ...] = ()
    layout: Layout = Layout()
    place: int = 0

    def shown(self, known: str | None) -> str | None:
        """The sheet's name if the mapping has it (`known`), and otherwise its place, because any other name may be a person's."""
        if self.name is None:
            return None
        return known if known is not None and self.name.strip() == known.strip() else f"sheet {self.place}"


def body_of(rows: pl.DataFrame, misfits: Misfits = (), shown: dict[int, pl.Series] | None = None) -> Body:
    """The body of a frame with source_row and the columns "0", "1", ... as texts."""
    return Body(rows["source_row"], lambda at: rows[str(at)], misfits, shown or {})


def joined(bodies: Iterable[Body]) -> Body:
    """All rows below the header at once."""
    given = list(bodies)
    misfits = tuple(misfit for body in given for misfit in body.misfits)
    return Body(pl.concat(body.numbers for body in given), lambda at: pl.concat((name.column(at) for name in given), rechunk=True), misfits)
