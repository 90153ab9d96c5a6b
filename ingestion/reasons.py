"""Why a row is rejected: what each column's texts and each rule of the contract must be, and what is said where they are not."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ingestion.contract import Column, Contract, Rule
from ingestion.mapping import Mapping
from ingestion.mapping.form import Taken
from ingestion.reading.kind import BOOKS
from ingestion.values import DIGITS_GONE, EARLIEST, LATEST, NOT_TAKEN, TOO_MANY_DIGITS, fits, polars_type, truths

SPREADSHEET_ERRORS = r"^#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA|ERROR!)$"
UNREADABLE_TEXT = rf"[\x00-\x1f]|{SPREADSHEET_ERRORS}"
SHOWN_CHARACTERS = 40
TEXT = "text of "

# What each type's values must look like, for the person who mends them.
LOOKS_LIKE = {
    "date": ("not_a_date", "must be a date like {dates}, {earliest} to {latest}"),
    "boolean": ("not_yes_or_no", "must be {yes} or {no}"),
    "integer": ("not_a_whole_number", "must be a whole number"),
    "number": ("not_a_number", "must be a number of at most {largest}, written with digits and a point"),
}
# Columns whose digits name something, so that a number in their place may not be shortened.
IDENTIFIER_ENDINGS = ("_id", "_number")


@dataclass(frozen=True)
class Reason:
    """Why a row can be rejected: the rule, its column (empty: the whole row), when it is broken, and what is said then."""

    rule: str
    column: str
    broken: pl.Expr
    message: pl.Expr


def column_reasons(column: Column, mapping: Mapping) -> list[Reason]:
    """The reasons that one column's text, or what was made of it, can give."""
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
    made = mapping.made.get(header)
    if isinstance(made, Taken):
        unreadable |= text == NOT_TAKEN
        says = (
            f"'{made.header}' has no part like {made.expression}. Fix: correct it in the system, or mend `columns.{name}` in {mapping.path}"
        )
        reasons.append(Reason("part_not_found", name, text == NOT_TAKEN, pl.lit(says)))
    codes = mapping.codes.get(name)
    rule = column.codes_rule
    if column.logical_type == "string" and codes is None and (column.identifier or name.endswith(IDENTIFIER_ENDINGS)):
        says = f"'{header}' was shortened by a spreadsheet, to a power of ten like 1.23E+08 or to fifteen digits: the digits are gone"
        advice = (
            "Fix: take the extract from the system again, do not open and save it in Excel before sending, and send longer numbers as CSV"
        )
        shortened = f"{DIGITS_GONE}|{TOO_MANY_DIGITS}" if mapping.format in BOOKS else DIGITS_GONE
        reasons.append(Reason("digits_gone", name, text.str.contains(shortened), pl.lit(f"{says}. {advice}")))
    if codes is not None or rule:
        listed = list(codes) if codes is not None else list(column.codes)
        says = (
            f"'{header}' has a value that is not listed in the mapping's codes" if codes is not None else f"'{header}' has an unknown value"
        )
        advice = f"{rule.says}. Fix: {rule.fix}" if rule else "Fix: add the value to the mapping's codes, or correct it in the system"
        broken = text.is_not_null() & is_unlisted(text, listed, column, mapping) & ~unreadable
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


def is_unlisted(text: pl.Expr, listed: list[str], column: Column, mapping: Mapping) -> pl.Expr:
    """Whether texts are none of the listed ones, and fit none of the mapping's expressions for the column."""
    known = [fits(text, written) for written, _ in mapping.expressions.get(column.name, ())]
    return ~pl.any_horizontal(text.is_in(listed), *known)


def _largest(column: Column) -> str:
    kind = polars_type(column.physical_type)
    return f"{10 ** ((kind.precision or 38) - kind.scale) - 1:,}" if isinstance(kind, pl.Decimal) else ""


def rule_reason(rule: Rule, contract: Contract, mapping: Mapping) -> Reason:
    """The reason that a rule of the contract gives, over any of its columns."""
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


def duplicate_key(mapping: Mapping, key: tuple[str, ...]) -> Reason:
    """The reason of every row but the first with its key."""
    headers = ", ".join(f"'{mapping.columns.get(one, one)}'" for one in key)
    says = f"An earlier row of the file has the same {headers}; only the first is kept. Fix: take the repeated row out in the system"
    return Reason("duplicate_key", ", ".join(key), pl.lit(True), pl.lit(says))
