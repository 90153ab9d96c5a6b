"""A mapping and its contract as expressions over a table of texts, made once and used for every extract of a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from ingestion.contract import Column, Contract, Rule
from ingestion.mapping import Mapping
from ingestion.mapping.form import Totals, Wanted
from ingestion.values import DIGITS_GONE, EARLIEST, LATEST, fits, plainly_written, polars_type, read_dates, read_values, truths

__all__ = ["Fit", "Reason", "fit", "polars_type"]

SPREADSHEET_ERRORS = r"^#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA|ERROR!)$"
UNREADABLE_TEXT = rf"[\x00-\x1f]|{SPREADSHEET_ERRORS}"
SHOWN_CHARACTERS = 40
TEXT = "text of "
TOTAL_ROW = "total row"
WANTED = "wanted of "

# What each type's values must look like, for the person who mends them.
LOOKS_LIKE = {
    "date": ("not_a_date", "must be a date like {dates}, {earliest} to {latest}"),
    "boolean": ("not_yes_or_no", "must be {yes} or {no}"),
    "integer": ("not_a_whole_number", "must be a whole number"),
    "number": ("not_a_number", "must be a number of at most {largest}, written with digits and a point"),
}
# Columns whose digits name something, so that a number in their place may not be shortened.
ADD_UP = ("integer", "number")
IDENTIFIER_ENDINGS = ("_id", "_number")


@dataclass(frozen=True)
class Reason:
    """Why a row can be rejected: the rule, its column (empty: the whole row), when it is broken, and what is said then."""

    rule: str
    column: str
    broken: pl.Expr
    message: pl.Expr


@dataclass(frozen=True)
class Fit:
    """Expressions in the order of their use.

    `numbers` has the headers of columns that add up, `free` of those in which any text may stand. `texts` take the mapped headers to
    stripped texts; `left_out` has conditions over those, by why; `typed` makes the contract's columns; `reasons` say over texts and
    columns which rows are rejected; `row_text` is what is kept of a rejected row.
    """

    columns: tuple[str, ...]
    numbers: dict[str, str]
    free: dict[str, str]
    texts: tuple[pl.Expr, ...]
    left_out: dict[str, pl.Expr]
    typed: tuple[pl.Expr, ...]
    reasons: tuple[Reason, ...]
    key: tuple[str, ...]
    duplicate: Reason
    row_text: pl.Expr


def fit(contract: Contract, mapping: Mapping, delivers: str) -> Fit:
    """The fit of a mapping that was checked against its contract. `delivers` is snapshot, history or events."""
    kept = [one for one in contract.columns if one.privacy != "drop"]
    mapped = [one for one in kept if one.name in mapping.columns]
    reasons = [reason for one in kept for reason in _column_reasons(one, mapping)]
    reasons += [_rule_reason(one, contract, mapping) for one in contract.rules if one.severity == "reject"]
    key = contract.key(delivers)
    by_header = {header: names[0] for header in mapping.headers if (names := mapping.columns_of(header))}
    kept_of_rejected = [(header, name) for header, name in by_header.items() if contract.column(name).privacy != "drop"]
    texts = [_text(one, mapping).alias(TEXT + one.name) for one in mapped]
    texts += [pl.col(mapping.totals.column).str.strip_chars().alias(TEXT)] if mapping.totals else []
    texts += [pl.col(one).str.strip_chars().alias(WANTED + one) for one in dict.fromkeys(one.header for one in mapping.wanted)]
    return Fit(
        columns=tuple(one.name for one in kept),
        numbers={one.name: mapping.columns[one.name] for one in mapped if one.logical_type in ADD_UP and one.name not in mapping.codes},
        free={one.name: mapping.columns[one.name] for one in mapped if one.logical_type == "string" and not _is_coded(one, mapping)},
        texts=tuple(texts),
        left_out=_left_out(mapped, mapping),
        typed=tuple(_typed(one, mapping).alias(one.name) for one in kept),
        reasons=tuple(reasons),
        key=key,
        duplicate=Reason("duplicate_key", ", ".join(key), pl.lit(True), pl.lit(_duplicate_message(mapping, key))),
        row_text=pl.struct(pl.col(TEXT + name).alias(header) for header, name in kept_of_rejected).struct.json_encode(),
    )


def _is_coded(column: Column, mapping: Mapping) -> bool:
    return bool(column.codes) or column.name in mapping.codes


def _text(column: Column, mapping: Mapping) -> pl.Expr:
    """A column's stripped texts; empty, or what the mapping says of empty cells, where a text means nothing."""
    text = pl.col(mapping.columns[column.name]).str.strip_chars()
    present = ~text.is_in(mapping.missing)
    if column.logical_type == "date" and mapping.no_date:
        days = [date.fromisoformat(one) for one in mapping.no_date]
        present &= ~read_dates(text, mapping).is_in(days).fill_null(False)
    if column.logical_type in ADD_UP:
        number = plainly_written(text, mapping)
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
        # A column turned into rows has a cell a row, also where there is nothing to say.
        value = [one for one in mapped if mapping.columns[one.name] == mapping.unpivot.value]
        conditions["empty cell"] = pl.all_horizontal(pl.col(TEXT + one.name).is_null() for one in value)
    for one in mapped:
        if one.left_out_unless_listed and one.codes_rule:
            listed = list(mapping.codes[one.name]) if one.name in mapping.codes else list(one.codes)
            text = pl.col(TEXT + one.name)
            conditions[one.codes_rule.name] = text.is_not_null() & _is_unlisted(text, listed, one, mapping)
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
    """A column's values; empty where the text cannot be read."""
    if column.name in mapping.constants:
        return pl.lit(mapping.constants[column.name]).pipe(read_values, column, mapping, constant=True)
    if column.name not in mapping.columns:
        return pl.lit(None, dtype=polars_type(column.physical_type))
    return pl.col(TEXT + column.name).pipe(read_values, column, mapping)


def _column_reasons(column: Column, mapping: Mapping) -> list[Reason]:
    name = column.name
    if name not in mapping.columns:
        return []
    header, text = mapping.columns[name], pl.col(TEXT + name)
    unreadable = text.str.contains(UNREADABLE_TEXT)
    broken_text = f"'{header}' holds a line break or an error of the spreadsheet. Fix: correct the cell in the system and send again"
    reasons = [Reason("unreadable_text", name, unreadable, pl.lit(broken_text))]
    if column.required:
        says = f"'{header}' is empty, and is needed: {column.description}"
        reasons.append(Reason("required", name, text.is_null(), pl.lit(says)))
    codes = mapping.codes.get(name)
    rule = column.codes_rule
    if column.logical_type == "string" and codes is None and (column.identifier or name.endswith(IDENTIFIER_ENDINGS)):
        says = f"'{header}' was shortened by a spreadsheet to a power of ten, like 1.23E+08: the digits are gone"
        advice = "Fix: take the extract from the system again, and do not open and save it in Excel before sending"
        reasons.append(Reason("digits_gone", name, text.str.contains(DIGITS_GONE), pl.lit(f"{says}. {advice}")))
    if codes is not None or rule:
        listed = list(codes) if codes is not None else list(column.codes)
        says = (
            f"'{header}' has a value that is not listed in the mapping's codes" if codes is not None else f"'{header}' has an unknown value"
        )
        advice = f"{rule.says}. Fix: {rule.fix}" if rule else "Fix: add the value to the mapping's codes, or correct it in the system"
        broken = text.is_not_null() & _is_unlisted(text, listed, column, mapping) & ~unreadable
        reasons.append(Reason(rule.name if rule else "code_not_listed", name, broken, _message(says, advice, [column], mapping)))
    if column.logical_type in LOOKS_LIKE and codes is None:
        rule_name, looks = LOOKS_LIKE[column.logical_type]
        yes, no = (" or ".join(f"'{one}'" for one in spelled) for spelled in truths(mapping))
        dates = (
            " or ".join([*mapping.dates, *(["a day number of Excel"] if mapping.excel_serials else [])]) or "a real date of the workbook"
        )
        says = looks.format(dates=dates, earliest=EARLIEST, latest=LATEST, yes=yes, no=no, largest=_largest(column))
        broken = text.is_not_null() & pl.col(name).is_null() & ~unreadable
        reasons.append(Reason(rule_name, name, broken, _message(f"'{header}' {says}", "Fix: correct it in the system", [column], mapping)))
    return reasons


def _is_unlisted(text: pl.Expr, listed: list[str], column: Column, mapping: Mapping) -> pl.Expr:
    known = [fits(text, written) for written, _ in mapping.expressions.get(column.name, ())]
    return ~pl.any_horizontal(text.is_in(listed), *known)


def _largest(column: Column) -> str:
    kind = polars_type(column.physical_type)
    return f"{10 ** ((kind.precision or 38) - kind.scale) - 1:,}" if isinstance(kind, pl.Decimal) else ""


def _rule_reason(rule: Rule, contract: Contract, mapping: Mapping) -> Reason:
    assert rule.sql is not None
    condition = pl.sql_expr(rule.sql)
    named = dict.fromkeys(condition.meta.root_names())
    shown = [contract.column(one) for one in named if one in mapping.columns]
    return Reason(rule.name, rule.column or "", ~condition, _message(rule.says, f"Fix: {rule.fix}", shown, mapping))


def _message(says: str, advice: str, shown: list[Column], mapping: Mapping) -> pl.Expr:
    """A message that names the values of open columns, and of no other."""
    parts: list[pl.Expr] = [pl.lit(says)]
    for place, column in enumerate(one for one in shown if one.privacy == "open"):
        text = pl.col(TEXT + column.name).str.slice(0, SHOWN_CHARACTERS).fill_null("")
        named = f"'{mapping.columns[column.name]}' " if len(shown) > 1 else ""
        parts += [pl.lit(f"{', ' if place else '; found '}{named}'"), text, pl.lit("'")]
    return pl.concat_str([*parts, pl.lit(f". {advice}")])


def _duplicate_message(mapping: Mapping, key: tuple[str, ...]) -> str:
    headers = ", ".join(f"'{mapping.columns.get(one, one)}'" for one in key)
    return f"An earlier row of the file has the same {headers}; only the first is kept. Fix: take the repeated row out in the system"
