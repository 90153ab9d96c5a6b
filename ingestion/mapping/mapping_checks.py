"""Whether a mapping gives what its contract needs. The whole mapping is checked before any extract is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from contracts import Column, Contract
from foundation.configuration import ConfigurationError
from ingestion.mapping.date_formats import has_two_digit_year
from ingestion.mapping.mapping_model import Mapping

TRUTHS = ("true", "false")
NUMBERS = ("integer", "number")
# Numbers of things that a person holds. Such a number may be that of the thing itself, as for a post with one holder.
OF_NO_PERSON = ("assignment", "booking")
CONSTANTS_ARE = {
    "date": "a date like 2025-09-30",
    "integer": "a whole number",
    "number": "a number written with digits and a point",
    "boolean": "true or false",
}


def checked(mapping: Mapping, contract: Contract) -> Mapping:
    """The mapping, if it fits its contract. Raises ConfigurationError with a line for each key that is wrong."""
    wrong = [*_headers(mapping), *_names(mapping, contract), *_constants(mapping, contract), *_codes(mapping, contract)]
    wrong += [*_when_empty(mapping, contract), *_laid_open(mapping, contract), *_years(mapping)]
    for column in contract.columns:
        if column.name in mapping.columns:
            wrong += _written(mapping, column)
        elif column.required and column.name not in mapping.constants:
            wrong.append((f"columns.{column.name}", f"is missing; {contract.source} needs it: {column.description}"))
    if wrong:
        raise ConfigurationError("\n".join(dict.fromkeys(f"{mapping.path}: `{key}` {says}" for key, says in wrong)))
    numbers = {column.name for column in contract.columns if column.logical_type in NUMBERS}
    return replace(
        mapping,
        codes={name: codes for name, codes in mapping.codes.items() if name not in numbers},
        words={name: codes for name, codes in mapping.codes.items() if name in numbers},
        types={column.name: column.logical_type for column in contract.columns if column.name in mapping.columns},
        promised=tuple(text for column in contract.columns for text in (column.name, column.title) if text),
    )


def not_said(mapping: Mapping, contract: Contract) -> tuple[Column, ...]:
    """The contract's columns that the mapping does not give, so that they are empty in every row."""
    return tuple(column for column in contract.columns if column.name not in mapping.columns and column.name not in mapping.constants)


def _headers(mapping: Mapping) -> list[tuple[str, str]]:
    wrong = []
    both = sorted({spelling for header in mapping.headers for spelling in mapping.written(header)} & set(mapping.ignore))
    if both:
        wrong.append(("ignore", f"names a header that is mapped: {', '.join(both)}"))
    spelled = [spelling for header in mapping.headers for spelling in mapping.written(header)]
    twice = sorted({spelling for spelling in spelled if spelled.count(spelling) > 1})
    if twice:
        wrong.append(("columns", f"names '{twice[0]}' as a spelling of two headers; a header means one thing"))
    if mapping.sheet_name and not _is_used(mapping.sheet_name, mapping):
        wrong.append(("file.sheet_name", f"makes the header '{mapping.sheet_name}', which `columns` never uses"))
    wrong += [
        ("fill_down", f"names '{name}', a header that nothing else uses") for name in mapping.fill_down if name not in mapping.headers
    ]
    if mapping.unpivot:
        for key, header in (("name", mapping.unpivot.name), ("value", mapping.unpivot.value)):
            if not _is_used(header, mapping):
                wrong.append((f"unpivot.{key}", f"makes the header '{header}', which `columns` never uses"))
    return wrong


def _is_used(header: str, mapping: Mapping) -> bool:
    return bool(mapping.columns_of(header)) or header in (mapping.as_at_column, mapping.period and mapping.period.column)


def _years(mapping: Mapping) -> list[tuple[str, str]]:
    """Years of two digits need a century, which the mapping names."""
    given = {"dates": mapping.dates, "file.period.dates": mapping.period.dates if mapping.period else ()}
    short = [key for key, formats in given.items() if any(has_two_digit_year(date_format) for date_format in formats)]
    if not short or mapping.two_digit_years_from is not None:
        return []
    return [("two_digit_years_from", f"is needed, because `{short[0]}` has years of two digits: 1950 reads 50 as 1950 and 49 as 2049")]


def _names(mapping: Mapping, contract: Contract) -> list[tuple[str, str]]:
    return [
        (f"{key}.{name}", f"is no column of {contract.source}; it has {', '.join(contract.column_names)}")
        for key, named in (
            ("columns", mapping.columns),
            ("constants", mapping.constants),
            ("when_empty", mapping.when_empty),
            ("codes", mapping.codes),
            ("new_codes_hold_from", mapping.new_codes_hold_from),
        )
        for name in named
        if name not in contract.column_names
    ]


def _constants(mapping: Mapping, contract: Contract) -> list[tuple[str, str]]:
    wrong = []
    for name, value in mapping.constants.items():
        if name in mapping.columns:
            wrong.append((f"constants.{name}", "is mapped in `columns` as well; leave one out"))
        if name not in contract.column_names:
            continue
        column = contract.column(name)
        if column.identifier:
            wrong.append(
                (f"constants.{name}", "would make one of all: an identifier comes from the file, if need be joined of several columns")
            )
        elif column.codes and value not in column.codes:
            wrong.append((f"constants.{name}", f"is '{value}'; it must be one of {', '.join(column.codes)}"))
        elif not column.codes and not _is_of_type(value, column):
            wrong.append((f"constants.{name}", f"is '{value}'; it must be {CONSTANTS_ARE[column.logical_type]}"))
    return wrong


def _is_of_type(value: str, column: Column) -> bool:
    """Whether a constant can be read as its column's type: an ISO date, a number with a point, true or false."""
    try:
        if column.logical_type == "date":
            date.fromisoformat(value)
        elif column.logical_type == "integer":
            int(value)
        elif column.logical_type == "number":
            return Decimal(value).is_finite()
        elif column.logical_type == "boolean":
            return value in TRUTHS
    except (ValueError, InvalidOperation):
        return False
    return True


def _laid_open(mapping: Mapping, contract: Contract) -> list[tuple[str, str]]:
    """Columns that everybody may see and that would show what another column with the same header protects."""
    mapped = [column for column in contract.columns if column.name in mapping.columns]
    protected = {
        mapping.columns[column.name]: column.name
        for column in reversed(mapped)
        if column.privacy != "open" and column.identifier not in OF_NO_PERSON
    }
    return [
        (f"columns.{column.name}", f"is open to everybody, but takes '{header}', which {protected[header]} protects as personal")
        for column in mapped
        for header in mapping.headers
        if column.privacy == "open" and header in protected and column.name in mapping.columns_of(header)
    ]


def _when_empty(mapping: Mapping, contract: Contract) -> list[tuple[str, str]]:
    wrong = []
    for name, value in mapping.when_empty.items():
        if name not in contract.column_names:
            continue
        column, key = contract.column(name), f"when_empty.{name}"
        spelled = mapping.codes.get(name) or dict.fromkeys(column.codes)
        if name not in mapping.columns:
            wrong.append((key, "is not mapped in `columns`; a value for all rows stands in `constants`"))
        elif column.identifier or column.logical_type == "date":
            wrong.append((key, "is an identifier or a date, which is never made up: leave such cells empty"))
        elif column.logical_type in NUMBERS and not _is_of_type(spelled.get(value) or value, column):
            wrong.append((key, f"is '{value}'; it must be {CONSTANTS_ARE[column.logical_type]}"))
        elif column.logical_type not in NUMBERS and spelled and value not in spelled and name not in mapping.expressions:
            wrong.append((key, f"is '{value}', written like a cell of the file; it must be one of {', '.join(spelled)}"))
    return wrong


def _codes(mapping: Mapping, contract: Contract) -> list[tuple[str, str]]:
    listed_nowhere = [name for name in mapping.new_codes_hold_from if name in contract.column_names and name not in mapping.codes]
    wrong = [
        (f"new_codes_hold_from.{name}", "has no list of codes, so that no code of it is new")
        for name in listed_nowhere
        if name not in mapping.columns or not contract.column(name).codes
    ]
    for name, listed in mapping.codes.items():
        if name not in contract.column_names:
            continue
        column = contract.column(name)
        if name not in mapping.columns:
            wrong.append((f"codes.{name}", "is not mapped in `columns`, so its codes are never used"))
        allowed = TRUTHS if column.logical_type == "boolean" else column.codes
        expressions = [(f"/{expression}/", code) for expression, code in mapping.expressions.get(name, ())]
        for value, code in (*listed.items(), *expressions):
            if allowed and code not in allowed:
                wrong.append((f"codes.{name}.{value}", f"is '{code}'; it must be one of {', '.join(allowed)}"))
            if column.logical_type in NUMBERS and not _is_of_type(code, column):
                wrong.append((f"codes.{name}.{value}", f"is '{code}'; it must be {CONSTANTS_ARE[column.logical_type]}"))
        if column.logical_type in NUMBERS and expressions:
            wrong.append((f"codes.{name}", "is a number, whose words are listed and not given by an expression"))
        if column.logical_type == "date":
            wrong.append((f"codes.{name}", "is a date and cannot have codes"))
    return wrong


def _written(mapping: Mapping, column: Column) -> list[tuple[str, str]]:
    """Whether the mapping says how a column's values are written."""
    if column.privacy == "drop":
        return []
    wrong = []
    if column.logical_type == "date" and not mapping.typed and not mapping.dates and not mapping.excel_serials:
        wrong.append(("dates", f'is missing; {column.name} is a date. Say how dates are written, for example "%d/%m/%Y"'))
    spelled = mapping.typed or column.name in mapping.codes or (mapping.yes and mapping.no)
    if column.logical_type == "boolean" and not spelled:
        wrong.append(("yes", f"and `no` are needed; {column.name} is yes or no. Say how they are written"))
    return wrong
