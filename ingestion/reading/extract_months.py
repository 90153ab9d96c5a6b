"""The months of an extract: those that its rows give, and whether the file is for the month in its name."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from ingestion.arriving.inbox_extracts import Extract
from ingestion.mapping import Mapping
from ingestion.mapping.mapping_model import PeriodColumn
from ingestion.reading.extract_table import Block, Table, read
from ingestion.reading.sheet import Misfit
from ingestion.reading.text_values import ISO_FORMATS, days, with_plain_blanks
from ingestion.refusal import Finding, refuse

ISO = "%Y-%m-%d"
OWN = "=month"
NO_TITLE = "no row above the header has a date like the expression of `file.period.title`"


def month_end(period: str) -> date:
    """The last day of a period `YYYY-MM`."""
    year, month = map(int, period.split("-"))
    return date(year, month, monthrange(year, month)[1])


def period_of(extract: Extract, first_month: str, last_month: str | None = None) -> str:
    """The month in the file's name.

    Raises FileRefused if it is no valid month, is after the month of receipt, or is not a month of the council.
    """
    if extract.period is None:
        raise refuse("wrong_period", "the name gives no month of a year. Rename the file so that it does")
    received = extract.received_at[:7]
    if extract.period > received:
        raise refuse(
            "wrong_period", f"named for {extract.period}, but received in {received}, before that month. Send it again with the right name"
        )
    if extract.period < first_month:
        says = f"named for {extract.period}, before the council's first month {first_month}. Rename the file"
        raise refuse("wrong_period", f"{says}, or set an earlier `first_month` in organisation.yaml")
    if last_month is not None and extract.period > last_month:
        says = f"named for {extract.period}, after the council's last month {last_month}. Send it for the council that came after"
        raise refuse("wrong_period", f"{says}, or set a later `last_month` in organisation.yaml")
    return extract.period


@dataclass(frozen=True)
class Months:
    """The months of an extract (`YYYY-MM`, earliest first, or None if no month is known), each with its rows.

    `notes` are about the file as a whole, if the rows had to be read to find their months. Otherwise the tables give the notes.
    """

    tables: dict[str | None, Table]
    notes: tuple[Finding, ...] = ()


def read_months(content: bytes, mapping: Mapping, named: str | None) -> Months:
    """Read an extract once and split it by month: the month of its name, of a title or the mapping, or one month for each row.

    Some rows have no month of their own: those whose month cannot be read, those that do not fit the header, blank rows and rows
    below the table. They belong to the last month of the file, so that each is counted once. Raises FileRefused if the file cannot
    be read, or if nothing gives a month.
    """
    table = read(content, mapping)
    if not mapping.says_month:
        return Months({named: table})
    months = _periods_in(table, mapping)
    if mapping.period is None:
        return Months({months[0]: table})
    given = table.whole()
    own = _months(given.rows, mapping, mapping.period)
    rows_of = given.rows.with_columns(own.alias(OWN)).partition_by(OWN, as_dict=True, include_key=False)
    says = f"'{mapping.period.column}' gives no month, expected one like {' or '.join(mapping.period.dates) or ISO}. Fix: correct it in the system"
    unsaid = [Misfit(row, says, "no_month") for row in given.rows.filter(own.is_null())["source_row"].to_list()]
    blocks = {month: Block(rows_of[month,]) for month in months}
    blocks[months[-1]] = Block(rows_of[months[-1],], given.blank, given.below, (*given.misfits, *unsaid))
    return Months({name: replace(table, blocks=(block,)) for name, block in blocks.items()}, given.notes)


def _periods_in(table: Table, mapping: Mapping) -> list[str]:
    """The months that the rows give, or the one month of a title or of the mapping."""
    if mapping.period_is is not None:
        return [mapping.period_is]
    months, says, column = [], NO_TITLE, None
    if mapping.period_title is not None:
        found = (mapping.period_title.search(title) for title in table.titles)
        months = [f"{day:%Y-%m}" for match in found if match and (day := _date(match["date"], mapping))][:1]
    elif mapping.period is not None:
        months = sorted(_months(table.whole().rows, mapping, mapping.period).drop_nulls().unique().to_list())
        column = mapping.period.column
        says = f"no row has a month in the column '{column}', like {' or '.join(mapping.period.dates) or ISO}"
    if not months:
        raise refuse("wrong_period", f"{says}. Correct `file.period` in the mapping, or send the extract again", column=column)
    return months


def _months(rows: pl.DataFrame, mapping: Mapping, given: PeriodColumn) -> pl.Series:
    """Each row's month. A format without a day means the first day."""
    formats = (*given.dates, *ISO_FORMATS)
    text = with_plain_blanks(pl.col(given.column))
    day = days(text, formats, mapping.two_digit_years_from, given.excel_serials, given.month)
    return rows.select(day.dt.strftime("%Y-%m")).to_series()


def as_at(table: Table, mapping: Mapping, period: str) -> Table:
    """The table, if it is for the month that the file itself gives, as the mapping says.

    Raises FileRefused if it is for another month. If a column gives the month, this happens when the rows are read.
    """
    if mapping.as_at_title is not None:
        _check_title(table, mapping, period)
    if mapping.as_at_column is None:
        return table
    return replace(table, blocks=_checked(table.blocks, mapping, mapping.as_at_column, period))


def _check_title(table: Table, mapping: Mapping, period: str) -> None:
    assert mapping.as_at_title is not None
    expected = f"expected a row above the header like '{mapping.as_at_title.pattern}' with a date of {period}"
    matches = (mapping.as_at_title.search(title) for title in table.titles)
    match = next((match for match in matches if match), None)
    if match is None:
        raise refuse(
            "wrong_period", f"{expected}, found none. Send the extract with its title rows, or correct `file.as_at` in the mapping"
        )
    found = _date(match["date"], mapping)
    if found is None:
        raise refuse("wrong_period", f"{expected}, but the date there cannot be read. Dates are expected like {_formats(mapping)}")
    if found.strftime("%Y-%m") != period:
        raise _other_month(found, period, None)


def _checked(blocks: Iterable[Block], mapping: Mapping, header: str, period: str) -> Iterator[Block]:
    looked_at = dated = 0
    for block in blocks:
        found = block.rows.select("source_row", found=_day(with_plain_blanks(pl.col(header)), mapping)).drop_nulls("found")
        for row, day in found.filter(pl.col("found").dt.strftime("%Y-%m") != period).select("source_row", "found").head(1).iter_rows():
            raise _other_month(day, period, row, header)
        looked_at, dated = looked_at + block.rows.height, dated + found.height
        yield block
    if looked_at and not dated:
        says = f"no row has a date in the column '{header}', expected the month end of {period}, like {_formats(mapping)}"
        raise refuse("wrong_period", f"{says}. Correct `dates` or `file.as_at` in the mapping, or send the extract again", column=header)


def _other_month(found: date, period: str, row: int | None, header: str | None = None) -> Exception:
    where = f"row {row}, column '{header}'" if row else "the title"
    says = f"the name says {period}, but {where} says {found:%Y-%m}. Send the extract of {period}, or rename the file"
    return refuse("wrong_period", says, row, header)


def _formats(mapping: Mapping) -> str:
    return " or ".join(mapping.dates) or ISO


def _day(text: pl.Expr, mapping: Mapping) -> pl.Expr:
    return days(text, (*mapping.dates, *ISO_FORMATS), mapping.two_digit_years_from, mapping.excel_serials)


def _date(text: str, mapping: Mapping) -> date | None:
    read: date | None = pl.select(_day(pl.lit(text.strip()), mapping)).item()
    return read
