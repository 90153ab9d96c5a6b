"""A reader of `latest`, again and again until the file `stop` is there: `reader.py <published> <stop>`.

As tools do, it opens `latest` once and reads its files from there. Prints as JSON which publications it saw whole, and in which it saw anything else.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import Counter
from pathlib import Path


def read(latest: Path) -> tuple[str, bool]:
    """The publication that was opened, and whether each file that its list names was there as it was written."""
    opened = os.open(latest, os.O_RDONLY | os.O_DIRECTORY)
    try:
        listed = _content("SHA256SUMS", opened).decode().splitlines()
        hashes = dict(reversed(line.split("  ", 1)) for line in listed)  # type: ignore[misc]
        whole = all(hashlib.sha256(_content(name, opened)).hexdigest() == sha256 for name, sha256 in hashes.items())
        return json.loads(_content("manifest.json", opened))["publication"], whole and any(name.startswith("inside/") for name in hashes)
    finally:
        os.close(opened)


def _content(name: str, folder: int) -> bytes:
    with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as opened:
        return opened.read()


def main(published: Path, stop: Path) -> int:
    whole: Counter[str] = Counter()
    broken = []
    while not stop.exists():
        try:
            publication, is_whole = read(published / "latest")
        except OSError as error:
            broken.append(f"{error.filename}: {error.strerror}")
            continue
        if is_whole:
            whole[publication] += 1
        else:
            broken.append(publication)
    print(json.dumps({"whole": whole, "broken": broken}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
