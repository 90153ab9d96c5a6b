"""Numbers of people, posts and bookings in one spelling: `00101`, `101`, `101.0` and `101` with an invisible character are one number."""

from __future__ import annotations

import polars as pl

from contracts import Contract
from ingestion.conforming.number_spelling import letters_and_digits
from ingestion.protecting.pseudonyms import Pseudonyms

SPELLED = {"kind": pl.String, "key": pl.String, "alike": pl.String}


def spellings(accepted: pl.DataFrame, protected: pl.DataFrame, contract: Contract, pseudonyms: Pseudonyms | None) -> pl.DataFrame:
    """For each different number: its kind, its key in raw, and the key of its one spelling.

    With it a later check can see whether a number came in another spelling. `protected` is what `accepted` became. The result holds
    no identifier of a person, and tells nothing beyond raw's own pseudonyms.
    """
    found = [pl.DataFrame(schema=SPELLED)]
    for column in contract.columns:
        if column.number_of is None or column.name not in accepted.columns:
            continue
        if column.privacy == "open":
            alike = letters_and_digits(accepted[column.name], column.number_of)
        elif column.privacy == "pseudonymise" and pseudonyms is not None:
            alike = pseudonyms.alike(accepted[column.name], column.number_of)
        else:
            continue
        keys = pl.DataFrame({"key": protected[column.raw_name], "alike": alike}).drop_nulls().unique()
        found.append(keys.select(pl.lit(column.number_of).alias("kind"), "key", "alike"))
    return pl.concat(found).unique().sort(pl.all())
