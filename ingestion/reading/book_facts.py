"""What a workbook says of its cells beside their values: how numbers are shown, what is merged or hidden, from when days count.

It is read beside the values, in the process that opens workbooks, and needs the standard library alone.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

# How a cell is shown: a kind of number format with its code, or the very text that a person sees.
IS, SHOWN = "is", "shown"


@dataclass
class SheetFacts:
    """What is known of a sheet, rows and columns counted from 0 at its corner.

    `rows`, `columns` and `dresses` say of each cell whose number is not all that a person sees which of the `known` dresses it has:
    a kind of number format and its code, and whether the cell is a text. `merged` has the first row, first column and last row of
    each cell that reaches over several rows; `hidden_rows` and `hidden_columns` the first and last of each run. `filled` counts the
    cells that are written with a value, where that is known.
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
        """Say of a cell how it is shown."""
        self.rows.append(row)
        self.columns.append(column)
        self.dresses.append(self.known.setdefault((kind, code, is_text), len(self.known)))

    def hide_row(self, first: int, last: int | None = None) -> None:
        """Say that a row is hidden, or several; one below the last one makes its run longer."""
        last = first if last is None else last
        if self.hidden_rows and self.hidden_rows[-1][1] + 1 == first:
            first = self.hidden_rows.pop()[0]
        self.hidden_rows.append((first, last))


@dataclass
class BookFacts:
    """What is known of a workbook: whether its days count from 1904 on, its sheets and an XLSX's parts by their sheet's name.

    `repeated` is a cell that stands twice.
    """

    from_1904: bool = False
    repeated: str | None = None
    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
