"""How a message names a column or sheet whose name only the file knows: by its place."""

from __future__ import annotations

from collections.abc import Sequence

MOST_LISTED = 12
LETTERS = 26


def column_place(at: int) -> str:
    """A column by its place (from 0): its letter in a spreadsheet, and its number, as in `O (15)`."""
    letters, rest = "", at + 1
    while rest:
        rest, letter = divmod(rest - 1, LETTERS)
        letters = chr(ord("A") + letter) + letters
    return f"{letters} ({at + 1})"


def columns_at(places: Sequence[int]) -> str:
    """Columns by their places: `column O (15)`, `columns N (14), O (15)`. If there are many, the first ones and how many more."""
    listed = ", ".join(column_place(at) for at in places[:MOST_LISTED])
    more = f" and {len(places) - MOST_LISTED:,} more" if len(places) > MOST_LISTED else ""
    return f"column{'' if len(places) == 1 else 's'} {listed}{more}"
