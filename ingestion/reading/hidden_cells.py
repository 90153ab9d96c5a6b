"""What is hidden in a workbook's tables. It is read like everything else, and one note reports it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ingestion.reading.sheet import Layout
from ingestion.refusal import Finding


@dataclass
class Hidden:
    """The numbers of hidden rows, columns and sheets of a file, counted table by table."""

    rows: int = 0
    columns: int = 0
    sheets: int = 0

    def count(self, layout: Layout, rows: pl.Series, labels: tuple[str, ...]) -> None:
        """Add a table's rows that hold something, by their numbers, and the labels of its header."""
        self.sheets += layout.is_hidden
        if layout.hidden_rows:
            firsts, lasts = (pl.Series(span, dtype=rows.dtype) for span in zip(*layout.hidden_rows, strict=True))
            self.rows += int((rows.search_sorted(lasts, "right").cast(pl.Int64) - rows.search_sorted(firsts, "left").cast(pl.Int64)).sum())
        of_table = {at for first, last in layout.hidden_columns for at in range(max(first, 0), min(last + 1, len(labels)))}
        self.columns += sum(labels[at] != "" for at in of_table)

    def note(self) -> Finding | None:
        """The note on the file, if anything is hidden."""
        counts = (("row", self.rows), ("column", self.columns), ("sheet", self.sheets))
        told = [f"{count:,} {what}{'s' if count > 1 else ''}" for what, count in counts if count]
        if not told:
            return None
        says = f"hidden in the workbook, by a filter or by hand, and read like the rest: {', '.join(told)}"
        advice = "If they are not meant to be sent, delete them in the workbook and send it again, or say in the mapping which rows count (`file.only`)"
        return Finding("hidden_cells", f"{says}. {advice}")
