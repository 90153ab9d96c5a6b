"""What personal data becomes before it is stored: pseudonyms for identifiers, an age band for a date of birth, nothing for a name."""

from __future__ import annotations

from datetime import date

import polars as pl

from ingestion.contract import Column, Contract, raw_columns
from ingestion.fit import polars_type
from ingestion.keys import Pseudonyms

AGE_BANDS = (25, 35, 45, 55, 65)
AGE_BAND_NAMES = ("under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over")


def protect(accepted: pl.DataFrame, contract: Contract, pseudonyms: Pseudonyms | None, month_end: date) -> pl.DataFrame:
    """Accepted rows as raw keeps them: the contract's raw columns, source_row and source_sheet, nothing that names a person.

    `pseudonyms` may be None for a contract without pseudonymised columns. Age bands are those at `month_end`. Rows of a source
    whose rows are not linkable lose their number and come in the order of their values.
    """
    columns: list[pl.Expr | pl.Series] = []
    for one in contract.columns:
        if one.privacy == "open":
            columns.append(pl.col(one.name))
        elif one.privacy == "pseudonymise" and pseudonyms is not None:
            columns.append(pseudonyms.of(accepted[one.name], str(one.identifier)).alias(one.raw_name))
        elif one.privacy == "generalise":
            columns.append(_generalised(one, month_end).alias(one.raw_name))
    if contract.linkable:
        places = [one for one in ("source_row", "source_sheet") if one in accepted.columns]
        return accepted.select(*columns, *places)
    raw = accepted.select(columns)
    return raw.sort(raw.columns).with_columns(pl.lit(None, dtype=pl.Int32).alias("source_row"))


def identities(accepted: pl.DataFrame, raw: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The restricted table that the statutory return needs: pseudonyms beside identifiers, and what raw holds in bands or not at all.

    `raw` is `protect`'s result for the same rows.
    """
    keys = [raw[one.raw_name] for one in contract.columns if one.privacy == "pseudonymise"]
    named = [one.name for one in contract.columns if one.privacy in ("pseudonymise", "generalise", "identity")]
    return pl.DataFrame(keys).hstack(accepted.select(named)).unique(maintain_order=True)


def with_delivery(raw: pl.DataFrame, contract: Contract, delivery_id: str, file: str, sheet: str | None) -> pl.DataFrame:
    """Raw rows with the delivery that they came in, in the order and types of raw; what other versions have is empty."""
    empty = [pl.lit(None, dtype=pl.String).alias(name) for name, _ in raw_columns(contract) if name not in raw.columns]
    named = raw.with_columns(*empty).with_columns(
        pl.lit(delivery_id).alias("delivery_id"),
        pl.lit(file).alias("source_file"),
        pl.coalesce("source_sheet", pl.lit(sheet, dtype=pl.String)).alias("source_sheet"),
    )
    return named.select(pl.col(name).cast(polars_type(kind)) for name, kind in raw_columns(contract))


def _generalised(column: Column, month_end: date) -> pl.Expr:
    """A date of birth as the age band at the month end, a code as the group that its list gives it."""
    if column.logical_type == "date":
        return _age_band(pl.col(column.name), month_end)
    return pl.col(column.name).replace_strict(dict(column.groups), default=None, return_dtype=pl.String)


def _age_band(born: pl.Expr, on: date) -> pl.Expr:
    birthday_ahead = (born.dt.month() > on.month) | ((born.dt.month() == on.month) & (born.dt.day() > on.day))
    age = pl.lit(on.year) - born.dt.year() - birthday_ahead.cast(pl.Int32)
    younger = [pl.when(age < limit).then(pl.lit(name)) for limit, name in zip(AGE_BANDS, AGE_BAND_NAMES, strict=False)]
    return pl.coalesce(*younger, pl.when(age.is_not_null()).then(pl.lit(AGE_BAND_NAMES[-1])))
