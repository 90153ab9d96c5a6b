"""Looks at an extract that no mapping describes yet: its format, encoding, delimiter, sheet, and the row that may be its header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingestion.mapping import tidy
from ingestion.mapping.file_formats import BOOKS
from ingestion.reading.decode import is_utf8
from ingestion.reading.file_kind import kind_of
from ingestion.reading.header import filled_right
from ingestion.reading.read_book import open_book
from ingestion.reading.read_csv import open_csv
from ingestion.reading.read_records import open_jsonl, open_parquet
from ingestion.reading.sheet import Sheet, joined
from ingestion.reading.size_limits import check_file
from ingestion.reading.unzip import ENDINGS, unzip
from ingestion.refusal import FileRefused, refuse

DELIMITERS = (",", "\t", ";", "|")
LOOKED_AT = 64 * 1024
# A row above the header with one text is a title. With more texts, it groups the columns.
FEWEST_GROUPS = 2
VALUE_LIKE = re.compile(r"[-£(]?[\d.,/:%)\s-]+|\d{1,2}-[A-Za-z]{3}-\d{2,4}")


@dataclass(frozen=True)
class Sniffed:
    """What an extract seems to be. `columns` has each header with its texts (trimmed, without empty ones). `header_row` counts from 1."""

    form: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: int
    titles: tuple[str, ...]
    columns: dict[str, pl.Series]
    last_rows: list[dict[str, str]]
    header_rows: int = 1


def sniff(path: Path, names: set[str]) -> Sniffed:
    """Look at an extract. `names` are the words that its headers may have. Raises FileRefused if it cannot be opened."""
    check_file(path)
    content = path.read_bytes()
    kind = kind_of(content)[0]
    if kind == "zip":
        content, kind = _member(content)
    form, encoding, delimiter = kind, None, None
    if kind in ("text", "utf-16"):
        encoding = _encoding(content)
        start = content[:LOOKED_AT].decode(encoding, errors="ignore").lstrip("\ufeff")
        form = "jsonl" if start.lstrip().startswith("{") else "csv"
        delimiter = _delimiter(start) if form == "csv" else None
        form = "tsv" if delimiter == "\t" else form
    sheets = _opened(content, form, encoding or "utf-8-sig", delimiter or ",")
    scored = [(_score(_labels(sheet.head, place), names), -place, sheet) for sheet in sheets for place in range(len(sheet.head))]
    if not scored:
        raise refuse("empty_file", "the file has no rows")
    _, before, sheet = max(scored, key=lambda scored: scored[:2])
    place = -before
    above, header = _row_above(sheet.head, place), _labels(sheet.head, place)
    body = joined(sheet.below(place, len(header)))
    columns = {_named(header, at): _texts(body.as_shown(at)) for at in range(len(header)) if header[at]}
    last = [
        {header[at]: (body.as_shown(at)[-nth] or "").strip() for at in range(len(header))} for nth in (1, 2, 3) if body.numbers.len() >= nth
    ]
    several = len(sheets) > 1
    first = place - 1 if above else place
    titles = tuple(" ".join(text.split()) for text in (" ".join(row) for row in sheet.head[:first]) if text.strip())
    return Sniffed(form, encoding, delimiter, sheet.name if several else None, place + 1, titles, columns, last, 2 if above else 1)


def _labels(head: list[list[str]], place: int) -> list[str]:
    """The texts of a row, each with the text of the row above if that row groups the columns."""
    above = _row_above(head, place)
    return [tidy(f"{above[at]} {text}" if above else text) for at, text in enumerate(head[place])]


def _row_above(head: list[list[str]], place: int) -> list[str]:
    """The row above the header, each text extended to the next, if it tells apart headers that are the same. Otherwise nothing."""
    lower = [tidy(text) for text in head[place]]
    named = [text for text in lower if text]
    if not place or len(set(named)) == len(named) or any(VALUE_LIKE.fullmatch(name) for name in named):
        return []
    upper = ([tidy(text) for text in head[place - 1]] + [""] * len(lower))[: len(lower)]
    groups = [text for text in upper if text]
    is_merged = any(below and not group for group, below in zip(upper, lower, strict=True))
    if len(groups) < FEWEST_GROUPS or not is_merged or any(VALUE_LIKE.fullmatch(group) for group in groups):
        return []
    above = filled_right(upper)
    together = [f"{group} {text}" for group, text in zip(above, lower, strict=True) if text]
    return above if len(set(together)) == len(together) else []


def _member(content: bytes) -> tuple[bytes, str]:
    for form in ENDINGS:
        try:
            piece = unzip(content, form)[0][0]
        except FileRefused:
            continue
        return piece.content, kind_of(piece.content)[0]
    raise refuse("unreadable_file", "the ZIP file holds nothing that is known as an extract, or has a password")


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig" if is_utf8(content) else "cp1252"


def _delimiter(start: str) -> str:
    """The delimiter that splits most rows into the same number of fields, more than one."""

    def agreement(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in list(csv.reader(io.StringIO(start), delimiter=delimiter))[:-1][:200] if len(row) > 1)
        width, count = max(widths.items(), key=lambda counted: (counted[1], counted[0]), default=(0, 0))
        return count, width

    try:
        return max(DELIMITERS, key=agreement)
    except csv.Error:
        return ","


def _opened(content: bytes, form: str, encoding: str, delimiter: str) -> list[Sheet]:
    if form in BOOKS:
        return open_book(content, form)
    if form == "parquet":
        return [open_parquet(content)]
    if form == "jsonl":
        return [open_jsonl(content, encoding)]
    if form not in ("csv", "tsv"):
        raise refuse("unreadable_file", f"the file is {kind_of(content)[1]}, from which no extract can be read")
    return [open_csv(content, encoding, delimiter)]


def _score(row: list[str], names: set[str]) -> float:
    """How much a row looks like a header: cells that are words, all different, and known words among them."""
    cells = [tidy(text) for text in row if text.strip()]
    words = [cell for cell in cells if not VALUE_LIKE.fullmatch(cell)]
    known = sum(any(word in names for word in re.findall(r"[a-z]+", name.lower())) for name in words)
    return len(set(words)) - 2 * (len(cells) - len(set(words))) + 2 * known


def _named(header: list[str], at: int) -> str:
    alike = [place for place, name in enumerate(header) if name == header[at]]
    return header[at] if len(alike) == 1 else f"{header[at]} [{alike.index(at) + 1}]"


def _texts(column: pl.Series) -> pl.Series:
    stripped = column.str.strip_chars()
    return stripped.filter(stripped.is_not_null() & (stripped != ""))
