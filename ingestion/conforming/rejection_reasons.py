"""Why a row is rejected: what each column's texts and each rule of the contract must be, and the message if they are not."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from contracts import Column, Contract, Rule
from ingestion.mapping import Mapping
from ingestion.mapping.file_formats import BOOKS
from ingestion.mapping.mapping_model import Taken
from ingestion.reading.cell_shapes import descriptions
from ingestion.reading.text_values import DIGITS_GONE, EARLIEST, LATEST, NOT_TAKEN, TOO_MANY_DIGITS, fits, polars_type, truths

SPREADSHEET_ERRORS = r"^#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA|ERROR!)$"
UNREADABLE_TEXT = rf"[\x00-\x1f]|{SPREADSHEET_ERRORS}"
KEPT_CHARACTERS = 40
TEXT = "text of "

# What each type's values must look like, for the person who corrects them.
LOOKS_LIKE = {
    "date": ("not_a_date", "must be a date like {dates}, {earliest} to {latest}"),
    "boolean": ("not_yes_or_no", "must be {yes} or {no}"),
    "integer": ("not_a_whole_number", "must be a whole number"),
    "number": ("not_a_number", "must be a number of at most {largest}, written with digits and a point"),
}
# Columns whose digits identify something, so that a number in their place must not be shortened.
IDENTIFIER_ENDINGS = ("_id", "_number")


def names_something(column: Column) -> bool:
    """Whether a column's texts are numbers that identify a person or thing."""
    return column.logical_type == "string" and bool(column.identifier or column.name.endswith(IDENTIFIER_ENDINGS))


@dataclass(frozen=True)
class Reason:
    """Why a row can be rejected: the rule, its column (empty: the whole row), when it is broken, and the message.

    `advice` says what to do. `shape` says how the cell is written, and is empty if that would give the value away. None of the
    three holds a value. `found` does, for open columns. It is for the restricted rejected rows only.
    """

    rule: str
    column: str
    broken: pl.Expr
    says: str
    advice: str
    shape: pl.Expr = field(default_factory=lambda: pl.lit(""))
    found: pl.Expr = field(default_factory=lambda: pl.lit(""))

    def message(self, shape: pl.Expr) -> pl.Expr:
        """The message about a row, without a value from it. `shape` is the result of the reason's own `shape`."""
        shaped = pl.when(shape == "").then(pl.lit("")).otherwise(pl.concat_str(pl.lit(": "), shape))
        return pl.concat_str(pl.lit(self.says), shaped, pl.lit(f". {self.advice}"))


def column_reasons(column: Column, mapping: Mapping) -> list[Reason]:
    """The reasons that one column's text, or the value made from it, can give."""
    name = column.name
    if name not in mapping.columns:
        return []
    header, text = mapping.columns[name], pl.col(TEXT + name)
    unreadable = text.str.contains(UNREADABLE_TEXT)
    broken_text = f"'{header}' holds a line break or an error of the spreadsheet"
    odd = descriptions(text, with_pattern=False)
    reasons = [Reason("unreadable_text", name, unreadable, broken_text, "Fix: correct the cell in the system and send again", odd)]
    if column.required:
        reasons.append(Reason("required", name, text.is_null(), f"'{header}' is empty, and is needed", column.description))
    made = mapping.made.get(header)
    if isinstance(made, Taken):
        unreadable |= text == NOT_TAKEN
        says = f"'{made.header}' has no part like {made.expression}"
        advice = f"Fix: correct it in the system, or correct `columns.{name}` in {mapping.path}"
        reasons.append(Reason("part_not_found", name, text == NOT_TAKEN, says, advice))
    codes = mapping.codes.get(name)
    rule = column.codes_rule
    if column.logical_type == "string" and codes is None and names_something(column):
        says = f"'{header}' was shortened by a spreadsheet, to a power of ten like 1.23E+08 or to fifteen digits: the digits are gone"
        advice = (
            "Fix: take the extract from the system again, do not open and save it in Excel before sending, and send longer numbers as CSV"
        )
        shortened = f"{DIGITS_GONE}|{TOO_MANY_DIGITS}" if mapping.format in BOOKS else DIGITS_GONE
        reasons.append(Reason("digits_gone", name, text.str.contains(shortened), says, advice))
    if codes is not None or rule:
        listed = list(codes) if codes is not None else list(column.codes)
        says = (
            f"'{header}' has a value that is not listed in the mapping's codes" if codes is not None else f"'{header}' has an unknown value"
        )
        advice = f"{rule.says}. Fix: {rule.fix}" if rule else "Fix: add the value to the mapping's codes, or correct it in the system"
        broken = text.is_not_null() & is_unlisted(text, listed, column, mapping) & ~unreadable
        reasons.append(Reason(rule.name if rule else "code_not_listed", name, broken, says, advice, odd, _found([column], mapping)))
    if column.logical_type in LOOKS_LIKE and codes is None:
        rule_name, looks = LOOKS_LIKE[column.logical_type]
        yes, no = (" or ".join(f"'{spelling}'" for spelling in spelled) for spelled in truths(mapping))
        dates = (
            " or ".join([*mapping.dates, *(["a day number of Excel"] if mapping.excel_serials else [])]) or "a real date of the workbook"
        )
        says = looks.format(dates=dates, earliest=EARLIEST, latest=LATEST, yes=yes, no=no, largest=_largest(column))
        broken = text.is_not_null() & pl.col(name).is_null() & ~unreadable
        # How long somebody's pay is reveals something about it. A date's pattern does not.
        shape = descriptions(text, with_pattern=column.privacy == "open" or column.logical_type == "date")
        advice = "Fix: correct it in the system"
        reasons.append(Reason(rule_name, name, broken, f"'{header}' {says}", advice, shape, _found([column], mapping)))
    return reasons


def is_unlisted(text: pl.Expr, listed: list[str], column: Column, mapping: Mapping) -> pl.Expr:
    """Whether texts are not listed, and fit none of the mapping's expressions for the column."""
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
    shown = [contract.column(name) for name in named if name in mapping.columns]
    return Reason(rule.name, rule.column or "", ~condition, rule.says, f"Fix: {rule.fix}", found=_found(shown, mapping))


def _found(columns: list[Column], mapping: Mapping) -> pl.Expr:
    """The texts of open columns only, for the restricted rejected rows."""
    shown = [column for column in columns if column.privacy == "open"]
    parts: list[pl.Expr] = [pl.lit("")]
    for place, column in enumerate(shown):
        text = pl.col(TEXT + column.name).str.slice(0, KEPT_CHARACTERS).fill_null("")
        named = f"'{mapping.columns[column.name]}': " if len(columns) > 1 else ""
        parts += [pl.lit(f"{', ' if place else ''}{named}"), text]
    return pl.concat_str(parts)


def duplicate_key(mapping: Mapping, key: tuple[str, ...]) -> Reason:
    """The reason of every row except the first with its key."""
    headers = ", ".join(f"'{mapping.columns.get(name, name)}'" for name in key)
    says = f"An earlier row of the file has the same {headers}; only the first is kept"
    return Reason("duplicate_key", ", ".join(key), pl.lit(True), says, "Fix: take the repeated row out in the system")
