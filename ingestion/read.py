"""An extract's bytes to a table of texts: the header found, titles set apart, blank rows left out, every row with its number."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ingestion.kind import expect_kind
from ingestion.mapping import Mapping, tidy
from ingestion.read_csv import open_csv
from ingestion.read_xlsx import open_xlsx
from ingestion.refusal import FileRefused, Finding, refuse
from ingestion.sheet import HEAD_ROWS, Misfits, Sheet


@dataclass(frozen=True)
class Table:
    """The rows below the header.

    `rows` has source_row (as Excel shows it, header and titles counted) and a text column for each header of the mapping.
    `misfits` has the number of each row that the header does not fit, and why.
    """

    sheet: str | None
    titles: tuple[str, ...]
    rows: pl.DataFrame
    blank: int
    misfits: Misfits
    notes: tuple[Finding, ...]


def read(content: bytes, mapping: Mapping) -> Table:
    """The table in an extract, by its mapping.

    Raises FileRefused where the file is not what its name says, is empty, or lacks a column that the mapping names.
    """
    if not content.strip():
        raise refuse("empty_file", "the file is empty (0 rows). Expected a header and rows; send the extract again")
    expect_kind(content, mapping.format)
    sheet = open_xlsx(content, mapping.sheet) if mapping.format == "xlsx" else open_csv(content, mapping.encoding, mapping.delimiter)
    place = _header_place(sheet, mapping)
    header = [tidy(text) for text in sheet.head[place]]
    rows, misfits = sheet.below(place, len(header))
    wanted = {one: header.index(one) for one in mapping.headers}
    fields = [one for one in rows.columns if one != "source_row"]
    filled = rows.filter(pl.any_horizontal(pl.col(one).str.contains(r"\S") for one in fields)) if fields else rows
    titles = (" ".join(text.strip() for text in row if text.strip()) for row in sheet.head[:place])
    return Table(
        sheet=sheet.name,
        titles=tuple(one for one in titles if one),
        rows=filled.select("source_row", *(pl.col(str(at)).alias(one) for one, at in wanted.items())),
        blank=rows.height - filled.height,
        misfits=misfits,
        notes=tuple(_unknown_columns(header, filled, mapping)),
    )


def _header_place(sheet: Sheet, mapping: Mapping) -> int:
    """The place of the first row that holds every header of the mapping."""
    wanted = set(mapping.headers)
    best, most = -1, 0
    for place, row in enumerate(sheet.head):
        found = [tidy(text) for text in row]
        held = len(wanted.intersection(found))
        if held == len(wanted):
            twice = sorted(one for one in wanted if found.count(one) > 1)
            if twice:
                says = f"the header '{twice[0]}' stands {found.count(twice[0])} times, so that nobody can say which column is meant"
                raise refuse("repeated_column", f"{says}. Send the extract with each header once", place + 1, twice[0])
            return place
        if held > most:
            best, most = place, held
    # Only a row with several of the headers is taken for the header and shown: any other row may be a person's.
    if most >= 2 or most * 2 >= len(wanted):
        raise _missing_columns(sheet.head[best], best + 1, mapping)
    expected = ", ".join(f"'{one}'" for one in mapping.headers)
    says = f"no header in the first {HEAD_ROWS} rows. Expected a row with {expected}"
    raise refuse("missing_column", f"{says}. Send the extract with its header, or mend `columns` in {mapping.path}")


def _missing_columns(row: list[str], number: int, mapping: Mapping) -> FileRefused:
    found = [tidy(text) for text in row]
    listed = ", ".join(f"'{one}'" for one in found if one)
    findings = []
    for header in mapping.headers:
        if header not in found:
            feeds = ", ".join(mapping.columns_of(header)) or "the mapping's `file` section"
            says = f"the column '{header}' ({feeds}) is missing. The header in row {number} has {listed}"
            says = f"{says}. Send the extract with the column, or mend `columns` in {mapping.path}"
            findings.append(Finding("missing_column", says, number, header))
    return FileRefused(*findings)


def _unknown_columns(header: list[str], rows: pl.DataFrame, mapping: Mapping) -> list[Finding]:
    known = {*mapping.headers, *mapping.ignore}
    findings = []
    for at, one in enumerate(header):
        if one in known:
            continue
        if not one and not rows[str(at)].str.contains(r"\S").any():
            continue
        named = f"the column '{one}'" if one else f"column {at + 1}, which has no header,"
        says = f"{named} is not known, and nothing of it is kept. Add it to `columns` or `ignore` in {mapping.path}"
        findings.append(Finding("unknown_column", says, column=one or None))
    return findings
