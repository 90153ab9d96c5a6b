"""How a number of a person or thing is written, and its one spelling."""

from __future__ import annotations

import polars as pl

from ingestion.reading.odd_characters import INVISIBLE

SWE_NUMBER = "swe_number"


def visible(text: pl.Expr) -> pl.Expr:
    """Texts without invisible characters, such as U+200B, without blanks around them, and with composed letters."""
    return text.str.normalize("NFC").str.replace_all(INVISIBLE, "").str.strip_chars()


def one_spelling(texts: pl.Series, kind: str) -> pl.Series:
    """Numbers in their one spelling: no leading zeros, no capitals, no blanks, and no punctuation except between two digits.

    `00101-1` and `101/01` are one number, `1011` is another. A Social Work England number is the same without its letters. A text
    of only punctuation stays as it is.
    """
    text = visible(pl.col(texts.name)).str.normalize("NFKC").str.to_lowercase()
    text = pl.when(text.str.contains(r"^\d{1,3}([, ]\d{3})+(\.0+)?$")).then(text.str.replace_all("[, ]", "")).otherwise(text)
    text = text.str.replace(r"^(\d+)\.0+$", "${1}")
    text = text.str.replace_all(r"[^\p{L}\p{N}]+", "-").str.replace_all(r"(\p{L})-", "${1}").str.replace_all(r"-(\p{L})", "${1}")
    text = text.str.strip_chars("-").str.replace_all(r"(^|\D)0+(\d)", "${1}${2}")
    if kind == SWE_NUMBER:
        text = text.str.replace(r"^swe?0*(\d)", "${1}")
    return texts.to_frame().select(pl.when(text == "").then(pl.col(texts.name)).otherwise(text).alias(texts.name)).to_series()


def letters_and_digits(texts: pl.Series, kind: str) -> pl.Series:
    """What a number is without zeros in front, case, blanks and punctuation, to see whether two may be one.

    `10-11` and `101-1` have the same.
    """
    return one_spelling(texts, kind).str.replace_all(r"[^\p{L}\p{N}]+", "")
