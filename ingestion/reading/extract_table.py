"""From an extract's bytes to a table of texts: find the header, set titles apart, leave out blank rows, and number every row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from ingestion.mapping import Mapping
from ingestion.mapping.file_formats import BOOKS
from ingestion.mapping.mapping_model import DAYS, NUMBERS, TEXTS
from ingestion.reading.derived_columns import FillDown, apply_rules, fill_merged
from ingestion.reading.file_kind import expect_kind, kind_of
from ingestion.reading.header import Header, find_header, how_near, unknown_columns
from ingestion.reading.hidden_cells import Hidden
from ingestion.reading.odd_characters import OddCharacters
from ingestion.reading.password import password
from ingestion.reading.read_book import open_book
from ingestion.reading.read_csv import open_csv
from ingestion.reading.read_records import open_jsonl, open_parquet
from ingestion.reading.sheet import Body, Layout, Misfit, Misfits, Sheet
from ingestion.reading.size_limits import check_blank, check_rows
from ingestion.reading.text_values import from_1904
from ingestion.reading.unzip import Piece, unzip
from ingestion.refusal import FileRefused, Finding, refuse

SHEET = "source_sheet"
EMPTY = "the file is empty (0 rows). Expected a header and rows; send the extract again"


@dataclass(frozen=True)
class Block:
    """Some of the rows below a header.

    `rows` has source_row (as Excel shows it, counting header and titles), source_sheet if the table has several files or sheets,
    and a text column for each header of the mapping. `misfits` has the number of each row that does not fit the header, and why.
    `below` counts the rows after the table's end.
    """

    rows: pl.DataFrame
    blank: int = 0
    below: int = 0
    misfits: Misfits = ()
    notes: tuple[Finding, ...] = ()

    @property
    def rows_read(self) -> int:
        """The number of all rows, including rows that are blank, below the table's end or misfits."""
        return self.rows.height + self.blank + self.below + len(self.misfits)


@dataclass
class Table:
    """The rows below the header, in portions. Reading the blocks may show that the file must be refused.

    `sheet` is the sheet's name if the mapping has it, and otherwise its place. `header_row` is the lowest row of the header, or 0
    if the records of a format name their columns.
    """

    sheet: str | None
    titles: tuple[str, ...]
    blocks: Iterable[Block]
    header_row: int = 0

    def whole(self) -> Block:
        """All rows in one block, which replaces the others, so that the rows can be read again. Raises FileRefused."""
        given = list(self.blocks)
        whole = Block(
            rows=pl.concat(block.rows for block in given),
            blank=sum(block.blank for block in given),
            below=sum(block.below for block in given),
            misfits=tuple(misfit for block in given for misfit in block.misfits),
            notes=tuple(dict.fromkeys(note for block in given for note in block.notes)),
        )
        self.blocks = (whole,)
        return whole


def read(content: bytes, mapping: Mapping) -> Table:
    """The table in an extract, by its mapping. The members of a ZIP that have the mapping's format are one table together.

    Raises FileRefused, here or when the rows are read, if the file is damaged, is empty, or lacks a column that the mapping names.
    """
    return read_parts([Piece(None, content)], mapping)


def read_parts(parts: Sequence[Piece], mapping: Mapping) -> Table:
    """The table that several files make up together. Each row's source_sheet names its file. Raises FileRefused as `read` does."""
    pieces: list[Piece] = []
    notes: list[Finding] = []
    for part in parts:
        if not part.content or part.content.isspace():
            raise refuse("empty_file", f"{part.label}: {EMPTY}" if part.label else EMPTY)
        unpacked, others = _unpacked(part, mapping)
        pieces += unpacked
        notes += others
    hidden = Hidden()
    tables = [table for piece in pieces for table in _tables(piece, mapping, hidden)]
    table = tables[0][1] if len(tables) == 1 else _together(tables)
    return replace(table, blocks=_with_notes(table.blocks, notes, hidden))


def _with_notes(blocks: Iterable[Block], notes: list[Finding], hidden: Hidden) -> Iterator[Block]:
    for block in blocks:
        yield replace(block, notes=(*notes, *block.notes))
        notes = []
    # What is hidden is known only after all rows were read.
    if note := hidden.note():
        yield Block(block.rows.clear(), notes=(note,))


def _unpacked(part: Piece, mapping: Mapping) -> tuple[list[Piece], list[Finding]]:
    if kind_of(part.content)[0] != "zip":
        return [part], []
    asked = partial(password, mapping.password) if mapping.password else None
    pieces, notes = unzip(part.content, mapping.format, mapping.pattern, asked)
    if part.label:
        pieces = [Piece(f"{part.label}: {piece.label}" if piece.label else part.label, piece.content) for piece in pieces]
    return pieces, notes


@contextmanager
def _named(label: str | None) -> Iterator[None]:
    """Adds a piece's label to what is wrong with it, if it has one."""
    try:
        yield
    except FileRefused as refused:
        if not label:
            raise
        named = (Finding(finding.code, f"{label}: {finding.says}", finding.row, finding.column) for finding in refused.findings)
        raise FileRefused(*named) from None


def _tables(piece: Piece, mapping: Mapping, hidden: Hidden) -> list[tuple[str, Table]]:
    """The tables in a piece: one, unless the mapping names several sheets. Each comes with what tells it apart. Raises FileRefused."""
    with _named(piece.label):
        if not piece.content or piece.content.isspace():
            raise refuse("empty_file", EMPTY)
        expect_kind(piece.content, mapping.format, mapping.encoding)
        sheets = _opened(piece.content, mapping)
        found = []
        if mapping.sheets is None:
            found = [_sheet_with_header(sheets, mapping)]
        else:
            for sheet in sheets:
                with _named(sheet.shown(mapping.sheet)):
                    found.append((sheet, find_header(sheet, mapping)))
    shown = [(piece.label, sheet.shown(mapping.sheet)) for sheet, _ in found]
    named = [": ".join(name for name in names if name) for names in shown]
    return [(name, _table(sheet, header, mapping, hidden)) for name, (sheet, header) in zip(named, found, strict=True)]


def _table(sheet: Sheet, header: Header, mapping: Mapping, hidden: Hidden) -> Table:
    titles = (" ".join(text.strip() for text in row if text.strip()) for row in sheet.head[: header.first])
    return Table(
        sheet=sheet.shown(mapping.sheet),
        titles=tuple(title for title in titles if title),
        blocks=_blocks(sheet, header, mapping, hidden),
        header_row=header.last + 1 if mapping.format not in ("parquet", "jsonl") else 0,
    )


def _blocks(sheet: Sheet, header: Header, mapping: Mapping, hidden: Hidden) -> Iterator[Block]:
    """The rows of the table, in portions. Notes on its columns are known after the last portion."""
    width = len(header.labels)
    wanted = header.unpivoted | header.columns
    others = [at for at in range(width) if at not in wanted.values()]
    holds = {at: False for at in others if not header.labels[at]}
    merged = {name: runs for name, at in wanted.items() if (runs := _below(header, sheet.layout.merged.get(at, [])))}
    # If the workbook merges cells in these columns, an empty cell that is not merged is empty.
    downward = FillDown(() if merged.keys() & set(mapping.fill_down) else mapping.fill_down)
    # A number in a merged cell is one number. Repeated in each of its rows, it would be counted several times.
    merged = {name: runs for name, runs in merged.items() if mapping.holds(name) != NUMBERS or name in mapping.fill_down}
    end = None
    blank = read = 0
    odd = OddCharacters()
    for body in sheet.below(header.last, width):
        end = end or _end(body, width, mapping)
        rows = pl.DataFrame([body.numbers, *(_texts(body, at, name, sheet.layout, mapping).alias(name) for name, at in wanted.items())])
        for at in holds:
            holds[at] = holds[at] or bool(body.column(at).str.contains(r"\S").any())
        above = body if end is None else body.above(end)
        rows = rows.head(above.numbers.len())
        below = body.numbers.len() + len(body.misfits) - above.numbers.len() - len(above.misfits)
        filled = _without_blank(rows, above, others)
        blank, read = blank + rows.height - filled.height, read + filled.height
        check_blank(blank, width)
        check_rows(read)
        hidden.count(sheet.layout, filled["source_row"], header.labels)
        filled = fill_merged(filled, merged)
        if mapping.sheet_name:
            filled = filled.with_columns(pl.lit(sheet.name).alias(mapping.sheet_name))
        for name in header.columns:
            odd.count(name, filled[name], filled["source_row"])
        made = apply_rules(downward.fill(filled), mapping)
        yield Block(made, rows.height - filled.height, below, above.misfits)
    yield Block(made.clear(), notes=(*sheet.notes, *unknown_columns(header, holds, mapping), *odd.notes()))


def _texts(body: Body, at: int, header: str, layout: Layout, mapping: Mapping) -> pl.Series:
    """A column's texts: numbers and days in full, because a format may round them for the eye, and everything else as a person sees it."""
    holds = mapping.holds(header)
    if holds == TEXTS:
        return body.as_shown(at)
    texts = body.column(at)
    has_serials = mapping.excel_serials or (mapping.period is not None and mapping.period.excel_serials)
    return from_1904(texts) if holds == DAYS and has_serials and layout.from_1904 else texts


def _below(header: Header, runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The runs of rows that begin below the header. The header's lowest row counts from 0."""
    return [(first, last) for first, last in runs if first > header.last + 1]


def _end(body: Body, width: int, mapping: Mapping) -> int | None:
    """The number of the row at which the table ends, if the mapping says what that row's first filled cell has."""
    if mapping.ends_at is None:
        return None
    expression = f"^(?:{mapping.ends_at.pattern})$"
    cells = [body.column(at).str.strip_chars().replace("", None).alias(str(at)) for at in range(width)]
    first = pl.select(pl.coalesce(cells)).to_series()
    whole = body.numbers.filter(first.str.contains(expression).fill_null(False))
    starts = pl.Series([misfit.start.strip() for misfit in body.misfits], dtype=pl.String)
    odd = pl.Series([misfit.row for misfit in body.misfits], dtype=pl.Int32).filter(starts.str.contains(expression))
    rows = [*whole.head(1), *odd.sort().head(1)]
    return min(rows) if rows else None


def _opened(content: bytes, mapping: Mapping) -> list[Sheet]:
    if mapping.format in BOOKS:
        return open_book(content, mapping.format, mapping.sheet, mapping.sheets)
    if mapping.format == "parquet":
        return [open_parquet(content)]
    if mapping.format == "jsonl":
        return [open_jsonl(content, mapping.encoding)]
    return [open_csv(content, mapping.encoding, mapping.delimiter, mapping.short_rows)]


def _sheet_with_header(sheets: list[Sheet], mapping: Mapping) -> tuple[Sheet, Header]:
    """The only sheet that has the header. Raises FileRefused if there is none, or more than one."""
    if len(sheets) == 1:
        return sheets[0], find_header(sheets[0], mapping)
    found = []
    for sheet in sheets:
        try:
            found.append((sheet, find_header(sheet, mapping)))
        except FileRefused as refused:
            if any(finding.code != "missing_column" for finding in refused.findings):
                raise
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(str(sheet.place) for sheet, _ in found)
        raise refuse("missing_sheet", f"the header stands in the sheets {listed}. Say which in `file.sheet` of the mapping")
    nearest = max(sheets, key=lambda sheet: how_near(sheet, mapping))
    try:
        find_header(nearest, mapping)
    except FileRefused as refused:
        named = [
            Finding(finding.code, f"{nearest.shown(mapping.sheet)}: {finding.says}", finding.row, finding.column)
            for finding in refused.findings
        ]
        raise FileRefused(*named) from None
    raise AssertionError("a header was found that was not there before; this is a fault of the code")


def _without_blank(rows: pl.DataFrame, body: Body, others: list[int]) -> pl.DataFrame:
    """The rows that hold anything. Columns that are not wanted are looked at only for rows in which the wanted columns are empty."""
    blank = rows.with_row_index("=at")
    for column in rows.columns[1:]:
        blank = blank.filter(~pl.col(column).str.contains(r"\S").fill_null(False))
        if blank.is_empty():
            return rows
    places = blank["=at"]
    for at in others:
        texts = body.column(at).gather(places)
        if texts.null_count() < texts.len():
            places = places.filter(~texts.str.contains(r"\S").fill_null(False))
    return rows.filter(pl.repeat(True, rows.height, eager=True).scatter(places, False))


def _together(tables: list[tuple[str, Table]]) -> Table:
    return Table(
        sheet=None,
        titles=tuple(dict.fromkeys(title for _, table in tables for title in table.titles)),
        blocks=_labelled(tables),
        header_row=tables[0][1].header_row,
    )


def _labelled(tables: list[tuple[str, Table]]) -> Iterator[Block]:
    """The blocks of several tables, one after the other, each row with what tells its table apart."""
    for named, table in tables:
        with _named(named):
            for block in table.blocks:
                rows = block.rows.select("source_row", pl.lit(named).alias(SHEET), pl.exclude("source_row"))
                misfits = tuple(Misfit(misfit.row, f"{named}: {misfit.says}", misfit.rule) for misfit in block.misfits)
                yield replace(block, rows=rows, misfits=misfits)
