"""Whether an extract is of the month that its name gives."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime

import polars as pl

from ingestion.find import Extract
from ingestion.mapping import Mapping
from ingestion.read import Table
from ingestion.refusal import refuse

ISO = "%Y-%m-%d"


def month_end(period: str) -> date:
    """The last day of a period `YYYY-MM`."""
    year, month = map(int, period.split("-"))
    return date(year, month, monthrange(year, month)[1])


def period_of(extract: Extract, first_month: str) -> str:
    """The month in the file's name. Raises FileRefused if it is none, lies after the month of receipt or before the council's first."""
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
    return extract.period


def check_as_at(table: Table, mapping: Mapping, period: str) -> None:
    """Check the month that the extract itself gives, where the mapping says where. Raises FileRefused if it is another one."""
    if mapping.as_at_title is not None:
        _check_title(table, mapping, period)
    if mapping.as_at_column is not None:
        _check_column(table, mapping, mapping.as_at_column, period)


def _check_title(table: Table, mapping: Mapping, period: str) -> None:
    assert mapping.as_at_title is not None
    expected = f"expected a row above the header like '{mapping.as_at_title.pattern}' with a date of {period}"
    matches = (mapping.as_at_title.search(title) for title in table.titles)
    match = next((one for one in matches if one), None)
    if match is None:
        raise refuse("wrong_period", f"{expected}, found none. Send the extract with its title rows, or mend `file.as_at` in the mapping")
    found = _date(match["date"], mapping)
    if found is None:
        raise refuse("wrong_period", f"{expected}, but the date there cannot be read. Dates are expected like {mapping.dates or ISO}")
    if found.strftime("%Y-%m") != period:
        raise _other_month(found, period, None)


def _check_column(table: Table, mapping: Mapping, header: str, period: str) -> None:
    texts = table.rows.select("source_row", text=pl.col(header).str.strip_chars())
    formats = (mapping.dates or ISO, ISO)
    found = texts.with_columns(found=pl.coalesce(pl.col("text").str.strptime(pl.Date, one, strict=False) for one in formats))
    found = found.filter(pl.col("found").is_not_null())
    if table.rows.height and found.is_empty():
        says = f"no row has a date in the column '{header}', expected the month end of {period}, like {mapping.dates or ISO}"
        raise refuse("wrong_period", f"{says}. Mend `dates` or `file.as_at` in the mapping, or send the extract again", column=header)
    for row, day in found.filter(pl.col("found").dt.strftime("%Y-%m") != period).select("source_row", "found").head(1).iter_rows():
        raise _other_month(day, period, row, header)


def _other_month(found: date, period: str, row: int | None, header: str | None = None) -> Exception:
    where = f"row {row}, column '{header}'" if row else "the title"
    says = f"the name says {period}, but {where} says {found:%Y-%m}. Send the extract of {period}, or rename the file"
    return refuse("wrong_period", says, row, header)


def _date(text: str, mapping: Mapping) -> date | None:
    for one in (mapping.dates or ISO, ISO):
        try:
            return datetime.strptime(text.strip(), one).date()
        except ValueError:
            continue
    return None
