"""The layout version of the data root. The code reads and writes only one layout, and refuses any other.

1: before versions existed. A delivery is the bytes of a file; an original is kept for each of its months.
2: a delivery is the rows of a month, a file has a ledger entry of its own, and its original is kept once.
3: every file that is kept has a hash, and every ledger a chain.
"""

from __future__ import annotations

import json
from pathlib import Path

from foundation.errors import ConfigurationError

LAYOUT = 3
FILE = "layout.json"


class LayoutError(ConfigurationError):
    """The data root has another layout than the code. The message says what to type."""


def layout_of(home: Path) -> int | None:
    """The layout of a data root. None if nothing has landed yet. Raises LayoutError if its file cannot be read."""
    path = home / FILE
    try:
        return int(json.loads(path.read_bytes())["layout"])
    except FileNotFoundError:
        return 1 if next((home / "ledger").glob("*/*/*.json"), None) else None
    except (ValueError, KeyError, TypeError):
        raise LayoutError(f"{path}: the layout of the data root cannot be read. Take the file from the backup") from None


def expect_layout(home: Path) -> None:
    """Raise LayoutError unless the data root has the layout of this code, or nothing has landed in it yet."""
    found = layout_of(home)
    if found is None or found == LAYOUT:
        return
    if found < LAYOUT:
        raise LayoutError(f"{home}: the data root has the older layout {found}. Update it first: python -m warehouse migrate")
    raise LayoutError(
        f"{home}: the data root has the layout {found}, which is newer than this code. Use the code that wrote it, or a later one"
    )


def write_layout(home: Path) -> None:
    """Write that the data root has the layout of this code, in one step."""
    home.mkdir(parents=True, exist_ok=True)
    part = home / f".{FILE}.part"
    part.write_text(json.dumps({"layout": LAYOUT}) + "\n", encoding="utf-8")
    part.replace(home / FILE)
