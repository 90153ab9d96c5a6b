"""Rows as a table of text for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def text_table(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """The rows as lines, with two spaces between columns. `right`: the columns, counted from 0, that are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, strict=True)
        lines.append(
            "  ".join(text.rjust(width) if place in right else text.ljust(width) for place, (text, width) in enumerate(cells)).rstrip()
        )
    return "\n".join(lines)
