"""The facts of a workbook beside its values: how numbers are shown, what is merged or hidden, and from when days count.

The facts are read together with the values, in the process that opens workbooks. This needs the standard library alone.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

# How a cell is shown: a kind of number format with its code, or the very text that a person sees.
IS, SHOWN = "is", "shown"


@dataclass
class SheetFacts:
    """The facts of a sheet. Rows and columns count from 0 at its corner.

    A cell's number may not be all that a person sees. For each such cell, `rows`, `columns` and `dresses` say which of the `known`
    dresses it has: a kind of number format with its code, and whether the cell is a text. `merged` has the first row, first column
    and last row of each cell that spans several rows. `hidden_rows` and `hidden_columns` have the first and last of each run.
    `filled` is the number of cells written with a value, if that is known.
    """

    rows: array[int] = field(default_factory=lambda: array("i"))
    columns: array[int] = field(default_factory=lambda: array("i"))
    dresses: array[int] = field(default_factory=lambda: array("i"))
    known: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    filled: int = 0

    def dress(self, row: int, column: int, kind: str, code: str, is_text: bool = False) -> None:
        """Record how a cell is shown."""
        self.rows.append(row)
        self.columns.append(column)
        self.dresses.append(self.known.setdefault((kind, code, is_text), len(self.known)))

    def hide_row(self, first: int, last: int | None = None) -> None:
        """Record that one or more rows are hidden. A row next to the last hidden one makes its run longer."""
        last = first if last is None else last
        if self.hidden_rows and self.hidden_rows[-1][1] + 1 == first:
            first = self.hidden_rows.pop()[0]
        self.hidden_rows.append((first, last))


@dataclass
class BookFacts:
    """The facts of a workbook: whether its days count from 1904, its sheets, and the parts of an XLSX by the names of their sheets.

    `repeated` is a cell that is in the file twice.
    """

    from_1904: bool = False
    repeated: str | None = None
    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
