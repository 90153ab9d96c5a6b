"""Characters that are invisible, or that show a text in another order than it has. They make one number look like another."""

from __future__ import annotations

import polars as pl

from ingestion.refusal import Finding

INVISIBLE = r"[\p{Cf}\p{Default_Ignorable_Code_Point}]"
TURNS_ROUND = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
KINDS = {
    "turns": "a change of the direction of writing, which shows a text in another order than it has",
    "invisible": "characters that nobody can see, such as a zero-width space",
    "parted": "letters that are written in two parts, an accent by itself",
}


class OddCharacters:
    """The number of cells with such characters under each header, counted in portions."""

    def __init__(self) -> None:
        self.counted: dict[tuple[str, str], tuple[int, int]] = {}

    def count(self, header: str, texts: pl.Series, rows: pl.Series) -> None:
        """Add a column's texts, with the numbers of their rows. Of texts with plain letters, nearly all, only the lengths are compared."""
        wide = pl.DataFrame({"row": rows, "text": texts}).filter(pl.col("text").str.len_bytes() != pl.col("text").str.len_chars())
        if wide.is_empty():
            return
        text = pl.col("text")
        kinds = {
            "turns": text.str.contains(TURNS_ROUND),
            "invisible": text.str.contains(INVISIBLE) & ~text.str.contains(TURNS_ROUND),
            "parted": text.str.normalize("NFC") != text,
        }
        for kind, is_odd in kinds.items():
            odd = wide.filter(is_odd)["row"]
            if odd.len():
                count, first = self.counted.get((header, kind), (0, int(odd[0])))
                self.counted[header, kind] = count + odd.len(), first

    def notes(self) -> tuple[Finding, ...]:
        """A note for each header."""
        advice = "They do not count where a number names somebody or something. Correct them in the system"
        return tuple(
            Finding("odd_characters", f"'{header}' holds {KINDS[kind]}. Cells: {count:,}, the first in row {row:,}. {advice}", row, header)
            for (header, kind), (count, row) in self.counted.items()
        )
