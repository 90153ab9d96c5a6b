"""The identity of a month's rows: a hash of their texts, the same in any file, in any order and on any machine.

It is made from the texts as they were read, under the names of the contract's columns: what a system wrote, not what a mapping made
of it. How often a row comes counts, and the order of rows does not. It takes eight bytes of all texts of a column at a time.
Hashing row by row took as long as everything else in landing (docs/decisions/0038).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import polars as pl

from ingestion.reading.sheet import Misfit

Hashes = npt.NDArray[np.uint64]
WORD = 8
# Which bytes of a word belong to a text with so many bytes left.
MASKS = np.array([(1 << (WORD * left)) - 1 for left in range(WORD + 1)], np.uint64)
# The odd numbers of the finaliser of SplitMix64.
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15))


def text_hashes(texts: pl.Series) -> Hashes:
    """A number for each text. It is 0 for an empty text and for no text."""
    array = texts.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    padded = np.zeros(int(ends[-1]) + WORD, np.uint8)
    if data is not None:
        padded[:-WORD] = np.frombuffer(data, np.uint8)[: ends[-1]]
    words = np.ndarray((len(padded) - WORD + 1,), "<u8", padded, strides=(1,))
    at, left = ends[:-1].copy(), np.diff(ends)
    hashes = left.astype(np.uint64)
    going = np.flatnonzero(left)
    while going.size:
        word = words[at[going]] & MASKS[np.minimum(left[going], WORD)]
        hashes[going] = _mixed((hashes[going] * MIX[2]) ^ word)
        at[going] += WORD
        left[going] -= WORD
        going = going[left[going] > 0]
    return hashes


def under_column(hashes: Hashes, column: str) -> Hashes:
    """The hashes of texts as those of a column, so that the same text under two columns differs. 0 stays 0."""
    seed = np.frombuffer(hashlib.sha256(column.encode()).digest()[:WORD], "<u8")[0]
    return np.where(hashes == 0, hashes, _mixed(hashes ^ seed))


class RowsHash:
    """The hash of rows that come in portions."""

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0
        self._misfits: Counter[str] = Counter()

    def add(self, of_rows: Hashes) -> None:
        """Add rows, each as the sum of its columns' hashes."""
        self._rows += of_rows.size
        self._sum = (self._sum + int(_mixed(of_rows).sum(dtype=np.uint64))) % (1 << 64)

    def add_misfits(self, misfits: Iterable[Misfit]) -> None:
        """Add rows of which no column is known. Only their number counts."""
        self._misfits.update(misfit.rule for misfit in misfits)

    def hexdigest(self) -> str:
        """The hash, 64 hexadecimal digits."""
        return hashlib.sha256(f"{self._rows} {self._sum} {sorted(self._misfits.items())}".encode()).hexdigest()


def _mixed(numbers: Hashes) -> Hashes:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * MIX[0]
    numbers = (numbers ^ (numbers >> np.uint64(27))) * MIX[1]
    return numbers ^ (numbers >> np.uint64(31))
