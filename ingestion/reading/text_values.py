"""From the texts of an extract to values: dates, numbers, yes and no. A value that cannot be read is empty, and its row is rejected."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext

import polars as pl

from contracts import Column
from ingestion.mapping import Mapping
from ingestion.mapping.date_formats import completed, has_time, has_two_digit_year, is_in_words, zoned
from ingestion.mapping.mapping_yaml import OTHER_BLANKS

EARLIEST, LATEST = 1900, 2199
# A column of per cents. There 50% is 50, and elsewhere a half.
PER_CENT = "_percent"
# Real dates of a workbook come as ISO text.
ISO_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f%z")
EXCEL_SERIAL = r"^\d{5}(\.\d+)?$"
# Excel counts 29 February 1900, a day that never was. So its days since March 1900 count from here.
EXCEL_DAY_ZERO = pl.date(1899, 12, 30)
# In a workbook that counts from 1904, the numbers of days are smaller by this. A year of four digits is not among them.
DAYS_TO_1904 = 1462
SERIAL_OF_1904 = r"^\s*(8[5-9]\d\d|9\d{3}|\d{5})(?:\.\d+)?\s*$"
ENGLAND = "Europe/London"
UTC = r"\s*(Z|UTC|GMT)$"
# A day before or after a month in words.
ORDINAL = r"(?i)\b(\d{1,2})(?:st|nd|rd|th)\b"
# Hours, minutes and perhaps seconds, in columns of hours.
DURATION = r"^(\d{1,5}):([0-5]\d)(?::([0-5]\d))?$"
# Columns with a last day.
LAST_DAYS = ("end_date", "contract_end_date", "planned_end_date", "probation_end_date", "effective_to", "to_date")
# An identifier that Excel took for a number and shortened. A point or a sign is needed, because 12E5 may be an identifier.
DIGITS_GONE = r"^(\d\.\d+[eE]\+?\d+|\d+[eE]\+\d+)$"
# A workbook keeps fifteen digits of a number, and its reader does not say whether a cell was a number or a text.
TOO_MANY_DIGITS = r"^\d{16,}$"
# Stands for a part that a text does not have. No text of a file uses this character.
NOT_TAKEN = "\ue000"
LONGEST_NUMBER = 400
NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-+\u2212])?\s*£?\s*(?P<inner>[-\u2212])?(?P<whole>\d{1,3}(?:(?P<group>[,\u00a0\u2007\u2009\u202f])\d{3}(?:(?P=group)\d{3})*)|\d+)?(?P<part>\.\d*)?"
    r"(?P<power>[eE][-+]?\d{1,3})?(?P<after>-)?\s*(?P<per_cent>%)?(?P<close>\))?"
)


def polars_type(physical_type: str) -> pl.DataType:
    """The polars type of a contract's SQL type."""
    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", physical_type)
    if decimal:
        return pl.Decimal(int(decimal[1]), int(decimal[2]))
    return {"varchar": pl.String(), "date": pl.Date(), "boolean": pl.Boolean(), "integer": pl.Int32()}[physical_type]


def read_values(text: pl.Expr, column: Column, mapping: Mapping, constant: bool = False) -> pl.Expr:
    """A column's values from its texts. Empty if a text cannot be read."""
    codes = None if constant else mapping.codes.get(column.name)
    if codes is not None:
        listed = text.replace_strict(codes, default=None, return_dtype=pl.String)
        expressions = mapping.expressions.get(column.name, ())
        text = pl.coalesce(listed, *(pl.when(fits(text, written)).then(pl.lit(code)) for written, code in expressions))
    if column.logical_type == "date":
        day = read_dates(text, mapping, constant, column.name in LAST_DAYS)
        return pl.when(day.dt.year().is_between(EARLIEST, LATEST)).then(day)
    if column.logical_type == "boolean":
        yes, no = (["true"], ["false"]) if constant or codes is not None else truths(mapping)
        return pl.when(text.is_in(yes)).then(pl.lit(True)).when(text.is_in(no)).then(pl.lit(False))
    kind = polars_type(column.physical_type)
    if column.logical_type == "integer":
        return text.map_batches(_whole_numbers, return_dtype=kind) if not constant else text.cast(kind, strict=False)
    if column.logical_type == "number":
        whole = mapping.per_cent == "number" or column.name.endswith(PER_CENT)
        return (
            text.map_batches(lambda texts: _numbers(texts, kind, whole), return_dtype=kind)
            if not constant
            else text.cast(kind, strict=False)
        )
    return text


def with_plain_blanks(text: pl.Expr) -> pl.Expr:
    """Texts without blanks around them. No-break spaces become plain ones, because nobody can see the difference."""
    return text.str.strip_chars().str.replace_all(OTHER_BLANKS, " ")


def fits(text: pl.Expr, expression: str) -> pl.Expr:
    """Whether texts fit an expression as a whole."""
    return text.str.contains(f"^(?:{expression})$")


def read_dates(text: pl.Expr, mapping: Mapping, constant: bool = False, last: bool = False) -> pl.Expr:
    """Days of texts in the mapping's formats. Neither the order of day and month nor the century is ever guessed.

    A month or year without a day is its first day, or its `last` day.
    """
    formats = [*(() if constant else mapping.dates), *(ISO_FORMATS if constant or mapping.typed else ())]
    return days(text, formats, mapping.two_digit_years_from, mapping.excel_serials and not constant, last=last)


def days(
    text: pl.Expr, formats: Iterable[str], years_from: int | None, serials: bool = False, month: str | None = None, last: bool = False
) -> pl.Expr:
    """Days of texts in some formats, or as Excel's day numbers. `month` (MM) is used for formats with only the year."""
    read = [_day(text, date_format, years_from, month or ("12" if last else "01"), last) for date_format in formats]
    if serials:
        numbers = pl.when(text.str.contains(EXCEL_SERIAL)).then(text).cast(pl.Float64, strict=False).floor().cast(pl.Int64)
        read.append(EXCEL_DAY_ZERO + pl.duration(days=numbers))
    return pl.coalesce(read) if len(read) > 1 else read[0]


def from_1904(texts: pl.Series) -> pl.Series:
    """Day numbers of a workbook that counts from 1904, converted to Excel's usual day numbers. Other texts are returned as they are."""
    numbers = texts.str.extract(SERIAL_OF_1904).cast(pl.Int32, strict=False) + DAYS_TO_1904
    shifted = numbers.cast(pl.String).str.zfill(5)
    return texts.zip_with(numbers.is_null(), shifted)


def _day(text: pl.Expr, form: str, years_from: int | None, month: str, last: bool) -> pl.Expr:
    if is_in_words(form):
        text = text.str.replace(ORDINAL, "$1")
    if zone := zoned(form):
        return _day_in_zone(text, zone)
    form, rest = completed(form, month)
    day = (pl.concat_str(text, pl.lit(rest)) if rest else text).str.strptime(pl.Date, form, strict=False)
    if years_from is not None and has_two_digit_year(form):
        centuries = (pl.lit(years_from) - day.dt.year() + 99).floordiv(100)
        day = day.dt.offset_by(pl.concat_str(centuries * 100, pl.lit("y")))
    return day.dt.month_end() if rest and last else day


def _day_in_zone(text: pl.Expr, form: str) -> pl.Expr:
    """The day in England of a time with a zone. Midnight means a day without a time, so it is the day as written, whatever the zone."""
    text = text.str.replace(UTC, "+00:00")
    written = text.str.strptime(pl.Date, form, strict=False)
    if not has_time(form):
        return written
    at_midnight = text.str.strptime(pl.Time, form, strict=False) == pl.time(0)
    in_england = text.str.strptime(pl.Datetime("us", "UTC"), form, strict=False).dt.convert_time_zone(ENGLAND).dt.date()
    return pl.when(at_midnight).then(written).otherwise(in_england)


def truths(mapping: Mapping) -> tuple[list[str], list[str]]:
    """The spellings of yes and no. A workbook's own TRUE and FALSE count too."""
    return [*mapping.yes, *(["true"] if mapping.typed else [])], [*mapping.no, *(["false"] if mapping.typed else [])]


def number_of(text: str, per_cent_as_number: bool = False) -> Decimal | None:
    """The number in a text, as people and spreadsheets write it: 1,234.50, £12, (12.50), 12.50-, 60%, 1.5E+03. None if it is no number."""
    found = NUMBER.fullmatch(text.strip()) if len(text) <= LONGEST_NUMBER else None
    if found is None or not (found["whole"] or (found["part"] or ".") != ".") or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [sign for sign in (found["open"], found["sign"] if found["sign"] != "+" else None, found["inner"], found["after"]) if sign]
    if len(signs) > 1:
        return None
    whole = re.sub(r"\D", "", found["whole"] or "0")
    digits = f"{whole}{found['part'] or ''}{found['power'] or ''}"
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    number = number / 100 if found["per_cent"] and not per_cent_as_number else number
    return -number if signs else number


def plainly_written(text: pl.Expr, mapping: Mapping) -> pl.Expr:
    """Numbers without the sign of the currency, and with a decimal point in place of a decimal comma, as in 1.234,50 or 1 234,50."""
    if mapping.currency:
        text = text.str.replace_all(mapping.currency, "", literal=True).str.strip_chars()
    if mapping.decimal == ",":
        text = text.str.replace_all(r"\s+%", "%").str.replace_all(r"[\s\u{2019}']", ".").str.replace_many({".": ",", ",": "."})
    return text


def as_hours(text: pl.Expr) -> pl.Expr:
    """Hours and minutes like 37:30 as the text of a number of hours. Other texts are returned as they are."""
    hours, minutes, seconds = (text.str.extract(DURATION, group).cast(pl.Float64) for group in (1, 2, 3))
    number = (hours + minutes / 60 + seconds.fill_null(0) / 3600).round(6).cast(pl.String)
    return pl.when(text.str.contains(DURATION)).then(number).otherwise(text)


def floats(texts: pl.Series) -> pl.Series:
    """Numbers as people and spreadsheets write them, for uses that need no exact type. Empty if a text is no number."""
    read = texts.cast(pl.Float64, strict=False)
    odd = texts.filter(read.is_null() & texts.is_not_null()).unique().to_list()
    known = {text: float(number) for text in odd if (number := number_of(text)) is not None}
    if not known:
        return read
    others = texts.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Float64)
    return read.zip_with(read.is_not_null(), others)


def _numbers(texts: pl.Series, kind: pl.DataType, per_cent_as_number: bool) -> pl.Series:
    read = texts.cast(kind, strict=False)
    odd = texts.filter(read.is_null() & texts.is_not_null()).unique()
    if odd.is_empty():
        return read
    assert isinstance(kind, pl.Decimal)
    values = [_rounded(number_of(text, per_cent_as_number), kind) for text in odd.to_list()]
    known = {text: value for text, value in zip(odd.to_list(), values, strict=True) if value is not None}
    if not known:
        return read
    others = texts.replace_strict(list(known), pl.Series(list(known.values()), dtype=kind), default=None, return_dtype=kind)
    return read.zip_with(read.is_not_null(), others)


def _rounded(number: Decimal | None, kind: pl.Decimal) -> Decimal | None:
    if number is None or number.copy_abs() >= Decimal(10) ** ((kind.precision or 38) - kind.scale):
        return None
    with localcontext() as context:
        context.prec = 60
        return number.quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_EVEN)


def _whole_numbers(texts: pl.Series) -> pl.Series:
    read = texts.str.replace(r"\.0+$", "").cast(pl.Int32, strict=False)
    odd = texts.filter(read.is_null() & texts.is_not_null()).unique().to_list()
    known = {text: int(number) for text in odd if (number := number_of(text)) is not None and abs(number) < 2**31 and number % 1 == 0}
    if not known:
        return read
    others = texts.replace_strict(list(known), pl.Series(list(known.values()), dtype=pl.Int32), default=None, return_dtype=pl.Int32)
    return read.zip_with(read.is_not_null(), others)
