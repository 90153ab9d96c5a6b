"""What personal data becomes before it is stored: pseudonyms for identifiers, an age band for a date of birth, nothing for a name."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from contracts import BAND_SINCE, Column, Contract, raw_columns, rejected_keys
from ingestion.conforming.number_spelling import one_spelling
from ingestion.protecting.pseudonyms import Pseudonyms
from ingestion.reading.text_values import polars_type

AGE_BANDS = (25, 35, 45, 55, 65)
AGE_BAND_NAMES = ("under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over")


def protect(
    accepted: pl.DataFrame,
    contract: Contract,
    pseudonyms: Pseudonyms | None,
    month_end: date,
    same_number: Collection[str] = (),
    history_since: str | None = None,
) -> pl.DataFrame:
    """Accepted rows as raw keeps them: the contract's raw columns, source_row and source_sheet, and no name.

    `pseudonyms` may be None for a contract without pseudonymised columns. Open numbers of the kinds in `same_number` come in one
    spelling. Age bands are those at `month_end`.

    For a full history that is counted from a month on (`history_since`, YYYY-MM), raw also has the first month at whose end the
    band held. Months before it have the band before. It is empty if that month is not after `history_since`, because then no month
    needs it.
    """
    columns: list[pl.Expr | pl.Series] = []
    for column in contract.columns:
        if column.privacy == "open" and column.number_of in same_number:
            columns.append(one_spelling(accepted[column.name], str(column.number_of)))
        elif column.privacy == "open":
            columns.append(pl.col(column.name))
        elif column.privacy == "pseudonymise" and pseudonyms is not None:
            columns.append(pseudonyms.of(accepted[column.name], str(column.identifier)).alias(column.raw_name))
        elif column.privacy == "generalise":
            columns.append(_generalised(column, month_end).alias(column.raw_name))
            if column.is_age and history_since is not None:
                columns.append(_band_since(pl.col(column.name), month_end, history_since).alias(column.raw_name + BAND_SINCE))
    places = [place for place in ("source_row", "source_sheet") if place in accepted.columns]
    return accepted.select(*columns, *places)


def protect_keys(keys: pl.DataFrame, contract: Contract, pseudonyms: Pseudonyms | None, same_number: Collection[str] = ()) -> pl.DataFrame:
    """The numbers that could be read from rejected rows, in the form in which raw has them for accepted rows, and source_row."""
    columns: list[pl.Expr | pl.Series] = []
    for column in rejected_keys(contract):
        if column.privacy == "pseudonymise":
            assert pseudonyms is not None
            columns.append(pseudonyms.of(keys[column.name], str(column.identifier)).alias(column.raw_name))
        elif column.number_of in same_number:
            columns.append(one_spelling(keys[column.name], str(column.number_of)).alias(column.raw_name))
        else:
            columns.append(pl.col(column.name).alias(column.raw_name))
    return keys.select("source_row", *columns)


def identities(accepted: pl.DataFrame, raw: pl.DataFrame, contract: Contract, key: tuple[str, ...]) -> pl.DataFrame:
    """The restricted table for the statutory return: pseudonyms beside identifiers, and values that raw has only in bands or not at all.

    `raw` is `protect`'s result for the same rows. If there is a `key`, no two rows have the same one. Every row differs from every
    other.
    """
    keys = [raw[column.raw_name] for column in contract.columns if column.privacy == "pseudonymise"]
    named = [column.name for column in contract.columns if column.privacy in ("pseudonymise", "generalise", "identity")]
    rows = pl.DataFrame(keys).hstack(accepted.select(named))
    differ = bool(key) and set(key) <= set(named)
    return rows if differ else rows.unique(named, maintain_order=True)


def with_delivery(raw: pl.DataFrame, contract: Contract, delivery_id: str, file: str, sheet: str | None) -> pl.DataFrame:
    """All protected rows of a delivery, with the delivery's facts, in the order and types of raw.

    Columns of other contract versions are empty. Rows of a source whose rows must not be linked lose their number, and come in the order
    of their values.
    """
    if not contract.linkable:
        values = raw.drop("source_row", "source_sheet", strict=False)
        raw = values.sort(values.columns).with_columns(pl.lit(None, dtype=pl.Int32).alias("source_row"))
    empty = [pl.lit(None, dtype=pl.String).alias(name) for name, _ in raw_columns(contract) if name not in raw.columns]
    named = raw.with_columns(*empty).with_columns(
        pl.lit(delivery_id).alias("delivery_id"),
        pl.lit(file).alias("source_file"),
        pl.coalesce("source_sheet", pl.lit(sheet, dtype=pl.String)).alias("source_sheet"),
    )
    return named.select(pl.col(name).cast(polars_type(kind)) for name, kind in raw_columns(contract))


def _generalised(column: Column, month_end: date) -> pl.Expr:
    """A date of birth as the age band at the month end. A code as the group that its list gives."""
    if column.logical_type == "date":
        return _age_band(pl.col(column.name), month_end)
    return pl.col(column.name).replace_strict(dict(column.groups), default=None, return_dtype=pl.String)


def _age_band(born: pl.Expr, on: date) -> pl.Expr:
    age = _age(born, on)
    younger = [pl.when(age < limit).then(pl.lit(name)) for limit, name in zip(AGE_BANDS, AGE_BAND_NAMES, strict=False)]
    return pl.coalesce(*younger, pl.when(age.is_not_null()).then(pl.lit(AGE_BAND_NAMES[-1])))


def _age(born: pl.Expr, on: date) -> pl.Expr:
    birthday_ahead = (born.dt.month() > on.month) | ((born.dt.month() == on.month) & (born.dt.day() > on.day))
    return pl.lit(on.year) - born.dt.year() - birthday_ahead.cast(pl.Int32)


def _band_since(born: pl.Expr, on: date, since: str) -> pl.Expr:
    """The month (YYYY-MM) at whose end the age band of a day was reached, if it is after `since`. Empty for the youngest band.

    Bands begin in years that are not leap years, so somebody born on 29 February reaches a band in March.
    """
    age = _age(born, on)
    reached = pl.coalesce(*(pl.when(age >= limit).then(limit) for limit in reversed(AGE_BANDS)))
    is_leap_day = (born.dt.month() == 2) & (born.dt.day() == 29)
    month = pl.date(born.dt.year() + reached, born.dt.month() + is_leap_day.cast(pl.Int8), 1).dt.strftime("%Y-%m")
    return pl.when(reached.is_not_null() & (month > since)).then(month)
