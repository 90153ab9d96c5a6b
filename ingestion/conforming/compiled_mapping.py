"""A mapping and its contract as expressions over a table of texts, made once and used for every extract of a source."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from contracts import Column, Contract, rejected_keys
from ingestion.conforming.number_spelling import visible
from ingestion.conforming.rejection_reasons import TEXT, Reason, column_reasons, duplicate_key, is_unlisted, names_something, rule_reason
from ingestion.mapping import Mapping
from ingestion.mapping.mapping_model import Totals, Wanted
from ingestion.reading.text_values import as_hours, fits, plainly_written, polars_type, read_dates, read_values, with_plain_blanks

TOTAL_ROW = "total row"
UNNAMED_TOTAL = "total row that the mapping does not name"
WANTED = "wanted of "
# Columns whose numbers a total row adds up.
ADD_UP = ("integer", "number")
# Columns of hours, which may be written as hours and minutes.
HOURS = ("hours", "hours_worked")


@dataclass(frozen=True)
class CompiledMapping:
    """Expressions in the order in which they are used.

    `columns` are all that the contract keeps, and `required` are those of the file that no row may lack. `numbers` has the headers
    of columns that add up, and `free` those of columns in which any text is allowed. `weights` has the columns by which rows weigh,
    with their headers. `hashed` has the columns that each header feeds.

    `texts` turn the mapped headers into stripped texts. `left_out` has conditions over these texts, by reason. `typed` makes the
    contract's columns. `reasons` say over texts and columns which rows are rejected. `row_text` is what is kept of a rejected row,
    and `when_rejected` are the columns that are read from it.
    """

    columns: tuple[str, ...]
    required: tuple[str, ...]
    numbers: dict[str, str]
    free: dict[str, str]
    weights: tuple[tuple[Column, str], ...]
    hashed: dict[str, tuple[str, ...]]
    texts: tuple[pl.Expr, ...]
    left_out: dict[str, pl.Expr]
    typed: tuple[pl.Expr, ...]
    reasons: tuple[Reason, ...]
    key: tuple[str, ...]
    one_spelling: dict[str, str]
    duplicate: Reason
    row_text: pl.Expr
    when_rejected: tuple[str, ...] = ()


def compile_mapping(contract: Contract, mapping: Mapping, delivers: str, same_number: Collection[str] = ()) -> CompiledMapping:
    """A mapping that was checked against its contract, compiled. `delivers` is snapshot, history or events.

    For the kinds in `same_number`, all spellings are one number.
    """
    kept = [column for column in contract.columns if column.privacy != "drop"]
    mapped = [column for column in kept if column.name in mapping.columns]
    reasons = [reason for column in kept for reason in column_reasons(column, mapping)]
    reasons += [rule_reason(rule, contract, mapping) for rule in contract.rules if rule.severity == "reject"]
    key = contract.key(delivers)
    by_header = {mapping.columns[column.name]: column.name for column in reversed(mapped)}
    texts = [_text(column, mapping).alias(TEXT + column.name) for column in mapped]
    texts += [_cell(mapping.totals.column).alias(TEXT)] if mapping.totals else []
    texts += [_cell(header).alias(WANTED + header) for header in dict.fromkeys(wanted.header for wanted in mapping.wanted)]
    return CompiledMapping(
        columns=tuple(column.name for column in kept),
        required=tuple(column.name for column in mapped if column.required),
        numbers={
            column.name: mapping.columns[column.name]
            for column in mapped
            if column.logical_type in ADD_UP and column.name not in mapping.codes
        },
        free={
            column.name: mapping.columns[column.name]
            for column in mapped
            if column.logical_type == "string" and not _is_coded(column, mapping)
        },
        weights=tuple((column, mapping.columns[column.name]) for column in mapped if column.weight),
        hashed={header: tuple(column.name for column in mapped if mapping.columns[column.name] == header) for header in by_header},
        texts=tuple(texts),
        left_out=_left_out(mapped, mapping),
        typed=tuple(_typed(column, mapping).alias(column.name) for column in kept),
        reasons=tuple(reasons),
        key=key,
        one_spelling={column.name: str(column.number_of) for column in kept if column.name in key and column.number_of in same_number},
        duplicate=duplicate_key(mapping, key),
        row_text=pl.struct(pl.col(TEXT + name).alias(header) for header, name in reversed(by_header.items())).struct.json_encode(),
        when_rejected=tuple(column.name for column in rejected_keys(contract)),
    )


def _is_coded(column: Column, mapping: Mapping) -> bool:
    return bool(column.codes) or column.name in mapping.codes


def _cell(header: str) -> pl.Expr:
    """The text of a cell. An empty cell is an empty text in every format."""
    return with_plain_blanks(pl.col(header)).fill_null("")


def _text(column: Column, mapping: Mapping) -> pl.Expr:
    """A column's stripped texts. If a text means nothing, it is empty, or what the mapping gives for empty cells."""
    text = with_plain_blanks(pl.col(mapping.columns[column.name]))
    if names_something(column):
        text = visible(text)
    present = ~text.is_in(mapping.missing)
    if column.logical_type == "date" and mapping.no_date:
        days = [date.fromisoformat(text) for text in mapping.no_date]
        present &= ~read_dates(text, mapping).is_in(days).fill_null(False)
    if column.logical_type in ADD_UP:
        # A no-break blank separates thousands. A plain one may separate two numbers.
        number = plainly_written(pl.col(mapping.columns[column.name]).str.strip_chars(), mapping)
        number = as_hours(number) if column.name.endswith(HOURS) else number
        words = mapping.words.get(column.name)
        text = text.replace_strict(words, default=number, return_dtype=pl.String) if words else number
    return pl.when(present).then(text).otherwise(pl.lit(mapping.when_empty.get(column.name), dtype=pl.String))


def _left_out(mapped: list[Column], mapping: Mapping) -> dict[str, pl.Expr]:
    conditions = {}
    if mapping.totals:
        conditions[TOTAL_ROW] = _is_total(mapping.totals)
    for wanted in mapping.wanted:
        why = f"{'not wanted' if wanted.keep else 'left out'} by {wanted.header}"
        conditions[why] = conditions.get(why, pl.lit(False)) | _is_unwanted(wanted)
    if mapping.unpivot:
        # A column turned into rows has a cell in each row, even if it is empty.
        value = [column for column in mapped if mapping.columns[column.name] == mapping.unpivot.value]
        conditions["empty cell"] = pl.all_horizontal(pl.col(TEXT + column.name).is_null() for column in value)
    for column in mapped:
        if column.left_out_unless_listed and column.codes_rule:
            listed = list(mapping.codes[column.name]) if column.name in mapping.codes else list(column.codes)
            text = pl.col(TEXT + column.name)
            conditions[column.codes_rule.name] = text.is_not_null() & is_unlisted(text, listed, column, mapping)
    return conditions


def _is_unwanted(wanted: Wanted) -> pl.Expr:
    text = pl.col(WANTED + wanted.header)
    found = (fits(text, wanted.matches.pattern) if wanted.matches else text.is_in(wanted.equals)).fill_null(False)
    return ~found if wanted.keep else found


def _is_total(totals: Totals) -> pl.Expr:
    text = pl.col(TEXT)
    if totals.matches is not None:
        return fits(text, totals.matches.pattern).fill_null(False)
    return text.is_in(totals.equals).fill_null(False)


def _typed(column: Column, mapping: Mapping) -> pl.Expr:
    """A column's values. Empty if the text cannot be read."""
    if column.name in mapping.constants:
        return pl.lit(mapping.constants[column.name]).pipe(read_values, column, mapping, constant=True)
    if column.name not in mapping.columns:
        return pl.lit(None, dtype=polars_type(column.physical_type))
    return pl.col(TEXT + column.name).pipe(read_values, column, mapping)
