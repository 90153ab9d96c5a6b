"""What of a table is hidden in its workbook: it is read like the rest, and said once."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ingestion.reading.sheet import Layout
from ingestion.refusal import Finding


@dataclass
class Hidden:
    """How many of a file's rows, columns and sheets are hidden, counted a table at a time."""

    rows: int = 0
    columns: int = 0
    sheets: int = 0

    def count(self, layout: Layout, rows: pl.Series, labels: tuple[str, ...]) -> None:
        """Take a table's rows that hold something, by their numbers, and its header's labels."""
        self.sheets += layout.is_hidden
        if layout.hidden_rows:
            firsts, lasts = (pl.Series(span, dtype=rows.dtype) for span in zip(*layout.hidden_rows, strict=True))
            self.rows += int((rows.search_sorted(lasts, "right").cast(pl.Int64) - rows.search_sorted(firsts, "left").cast(pl.Int64)).sum())
        of_table = {at for first, last in layout.hidden_columns for at in range(max(first, 0), min(last + 1, len(labels)))}
        self.columns += sum(labels[at] != "" for at in of_table)

    def note(self) -> Finding | None:
        """What is to be said of the file, if anything."""
        counts = (("row", self.rows), ("column", self.columns), ("sheet", self.sheets))
        told = [f"{count:,} {what}{'s' if count > 1 else ''}" for what, count in counts if count]
        if not told:
            return None
        says = f"hidden in the workbook, by a filter or by hand, and read like the rest: {', '.join(told)}"
        advice = "If they are not meant to be sent, delete them in the workbook and send it again, or say in the mapping which rows count (`file.only`)"
        return Finding("hidden_cells", f"{says}. {advice}")
