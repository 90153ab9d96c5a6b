"""Count the samples a second time: `python -m tests.recount --home data`, on the results of `make run`.

Prints how many cells of each table were compared, and those that differ.
"""

from __future__ import annotations

import argparse
from collections import Counter
from itertools import groupby
from pathlib import Path

from tests.recount.compare import compare

COUNCILS = ("cambridgeshire", "leicestershire", "peterborough")


def main() -> int:
    """Returns 0 if no cell differs, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.recount", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, default=Path("data"), help="the data root (default: data)")
    parser.add_argument("--show", type=int, default=5, help="cells that differ to print of each column (default: 5)")
    asked = parser.parse_args()
    cells = list(compare(asked.home, COUNCILS))
    different = sorted((cell for cell in cells if cell.differs), key=lambda cell: (cell.table, cell.column, str(cell.key)))
    count, differ = Counter(cell.table for cell in cells if cell.shown is not None), Counter(cell.table for cell in different)
    for table in dict.fromkeys(cell.table for cell in cells):
        print(f"{table:<20} {count[table]:8,} cells compared, {differ[table]:5,} differ")
    for (table, column), of_column in groupby(different, key=lambda cell: (cell.table, cell.column)):
        found = list(of_column)
        print(f"\n{table}.{column}: {len(found):,}", *found[: asked.show], sep="\n  ")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
