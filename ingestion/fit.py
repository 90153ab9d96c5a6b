"""A mapping and its contract as expressions over a table of texts, made once and used for every extract of a source."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from ingestion.contract import Column, Contract, Rule
from ingestion.mapping import Mapping

SPREADSHEET_ERRORS = r"^#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA|ERROR!)$"
UNREADABLE_TEXT = rf"[\x00-\x1f]|{SPREADSHEET_ERRORS}"
EARLIEST, LATEST = 1900, 2199
SHOWN_CHARACTERS = 40
TEXT = "text of "

# What each type's values must look like, for the person who mends them.
LOOKS_LIKE = {
    "date": ("not_a_date", "must be a date like {dates}, {earliest} to {latest}"),
    "boolean": ("not_yes_or_no", "must be {yes} or {no}"),
    "integer": ("not_a_whole_number", "must be a whole number"),
    "number": ("not_a_number", "must be a number of at most {largest}, written with digits and a point"),
}


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

    `texts` take the mapped headers to stripped texts; `left_out` has conditions over those, by why; `typed` makes the contract's
    columns; `reasons` say over texts and columns which rows are rejected; `row_text` is what is kept of a rejected row.
    """

    columns: tuple[str, ...]
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
    reasons += [_rule_reason(one, contract, mapping) for one in contract.rules]
    key = contract.key(delivers)
    by_header = {header: names[0] for header in mapping.headers if (names := mapping.columns_of(header))}
    kept_of_rejected = [(header, name) for header, name in by_header.items() if contract.column(name).privacy != "drop"]
    texts = [_text(mapping.columns[one.name], mapping).alias(TEXT + one.name) for one in mapped]
    texts += [pl.col(mapping.totals[0]).str.strip_chars().alias(TEXT)] if mapping.totals else []
    return Fit(
        columns=tuple(one.name for one in kept),
        texts=tuple(texts),
        left_out=_left_out(mapped, mapping),
        typed=tuple(_typed(one, mapping).alias(one.name) for one in kept),
        reasons=tuple(reasons),
        key=key,
        duplicate=Reason("duplicate_key", ", ".join(key), pl.lit(True), pl.lit(_duplicate_message(mapping, key))),
        row_text=pl.struct(pl.col(TEXT + name).alias(header) for header, name in kept_of_rejected).struct.json_encode(),
    )


def polars_type(physical_type: str) -> pl.DataType:
    """The polars type of a contract's SQL type."""
    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", physical_type)
    if decimal:
        return pl.Decimal(int(decimal[1]), int(decimal[2]))
    return {"varchar": pl.String(), "date": pl.Date(), "boolean": pl.Boolean(), "integer": pl.Int32()}[physical_type]


def _text(header: str, mapping: Mapping) -> pl.Expr:
    text = pl.col(header).str.strip_chars()
    return pl.when(~text.is_in(mapping.missing)).then(text)


def _left_out(mapped: list[Column], mapping: Mapping) -> dict[str, pl.Expr]:
    conditions = {}
    if mapping.totals:
        conditions["total row"] = pl.col(TEXT).eq_missing(pl.lit(mapping.totals[1]))
    for one in mapped:
        if one.left_out_unless_listed and one.codes_rule:
            listed = list(mapping.codes[one.name]) if one.name in mapping.codes else list(one.codes)
            text = pl.col(TEXT + one.name)
            conditions[one.codes_rule.name] = text.is_not_null() & ~text.is_in(listed)
    return conditions


def _typed(column: Column, mapping: Mapping) -> pl.Expr:
    """A column's values; empty where the text cannot be read."""
    kind = polars_type(column.physical_type)
    if column.name in mapping.constants:
        return pl.lit(mapping.constants[column.name]).pipe(_read, column, mapping, constant=True)
    if column.name not in mapping.columns:
        return pl.lit(None, dtype=kind)
    return pl.col(TEXT + column.name).pipe(_read, column, mapping)


def _read(text: pl.Expr, column: Column, mapping: Mapping, constant: bool = False) -> pl.Expr:
    codes = None if constant else mapping.codes.get(column.name)
    if codes is not None:
        text = text.replace_strict(codes, default=None, return_dtype=pl.String)
    if column.logical_type == "date":
        # Real dates of a workbook come as ISO text. No order of day and month is ever guessed.
        iso = ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S"] if constant or mapping.format == "xlsx" else []
        formats = [*([mapping.dates] if mapping.dates and not constant else []), *iso]
        day = pl.coalesce(text.str.strptime(pl.Date, one, strict=False) for one in formats)
        return pl.when(day.dt.year().is_between(EARLIEST, LATEST)).then(day)
    if column.logical_type == "boolean":
        yes, no = (["true"], ["false"]) if constant or codes is not None else _truths(mapping)
        return pl.when(text.is_in(yes)).then(pl.lit(True)).when(text.is_in(no)).then(pl.lit(False))
    if column.logical_type == "integer":
        return text.str.replace(r"\.0+$", "").cast(pl.Int32, strict=False)
    if column.logical_type == "number":
        return text.cast(polars_type(column.physical_type), strict=False)
    return text


def _truths(mapping: Mapping) -> tuple[list[str], list[str]]:
    """The spellings of yes and no; a workbook's own TRUE and FALSE count too."""
    own = mapping.format == "xlsx"
    return [*mapping.yes, *(["true"] if own else [])], [*mapping.no, *(["false"] if own else [])]


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
    if codes is not None or rule:
        listed = list(codes) if codes is not None else list(column.codes)
        says = (
            f"'{header}' has a value that is not listed in the mapping's codes" if codes is not None else f"'{header}' has an unknown value"
        )
        advice = f"{rule.says}. Fix: {rule.fix}" if rule else "Fix: add the value to the mapping's codes, or correct it in the system"
        broken = text.is_not_null() & ~text.is_in(listed) & ~unreadable
        reasons.append(Reason(rule.name if rule else "code_not_listed", name, broken, _message(says, advice, [column], mapping)))
    if column.logical_type in LOOKS_LIKE and codes is None:
        rule_name, looks = LOOKS_LIKE[column.logical_type]
        yes, no = (" or ".join(f"'{one}'" for one in truths) for truths in _truths(mapping))
        dates = mapping.dates or "a real date of the workbook"
        says = looks.format(dates=dates, earliest=EARLIEST, latest=LATEST, yes=yes, no=no, largest=_largest(column))
        broken = text.is_not_null() & pl.col(name).is_null() & ~unreadable
        reasons.append(Reason(rule_name, name, broken, _message(f"'{header}' {says}", "Fix: correct it in the system", [column], mapping)))
    return reasons


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
