"""A first mapping for an extract that nobody has described yet: what was recognised, and a comment for what was not."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import yaml

from contracts import Column, Contract, contract
from ingestion.drafting import column_guesses
from ingestion.drafting.extract_sniffing import VALUE_LIKE, Sniffed, sniff
from ingestion.mapping.date_formats import has_two_digit_year
from ingestion.mapping.mapping_model import EXCEL_SERIAL
from ingestion.reading.sheet import HEAD_ROWS
from ingestion.refusal import refuse

# Only codes go into a mapping: values that are few, each on several rows. A value on one row may be about one person.
MOST_CODES, OFTEN = 60, 3
TOTAL = re.compile(r"(grand |sub)?-?totals?:?", re.IGNORECASE)
TO_DO = re.compile(r"# (NOT FOUND, NEEDED|NEEDED|UNSURE|Each of these needs|and \d+ that are not shown|fill in|.*Ask, then write one)")
NUMBERED = re.compile(r" \[\d+\]$")
NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
# How names of files give a month: what is looked for, and the expression for it. The first that is found counts.
MONTH_IN_NAME = (
    (r"(?<!\d)20\d\d(0[1-9]|1[0-2])\d\d(?!\d)", r"(?P<year>\d{4})(?P<month>\d{2})\d{2}"),
    (r"(?<!\d)20\d\d([-_.])(0[1-9]|1[0-2])\1\d\d(?!\d)", r"(?P<year>\d{4})[-_.](?P<month>\d{2})[-_.]\d{2}"),
    (r"(?<!\d)20\d\d[-_.]?(0[1-9]|1[0-2])(?!\d)", r"(?P<year>\d{4})[-_.]?(?P<month>\d{2})"),
    (r"(?<!\d)([0-2]\d|3[01])([-_.]?)(0[1-9]|1[0-2])\2(20\d\d)(?!\d)", r"\d{2}[-_.]?(?P<month>\d{2})[-_.]?(?P<year>\d{4})"),
    (r"(?<!\d)(0[1-9]|1[0-2])[-_.]?20\d\d(?!\d)", r"(?P<month>\d{2})[-_.]?(?P<year>\d{4})"),
    (rf"(?i)({NAMES})[a-z]*[-_. ]?(20)?\d\d(?!\d)", r"(?P<month>[A-Za-z]{3,9})[-_. ]?(?P<year>(?:20)?\d{2})"),
)
YEAR_IN_NAME = (r"(?<!\d)20\d\d(?!\d)", r"(?P<year>\d{4})")
# Formats whose records name their columns.
NAMED = ("parquet", "jsonl")
KNOWN = ("employee number", "start date", "team", "job title")
# Titles that give the month of a file. Only these words go into the mapping, because a title may name a person.
TITLE = re.compile(r"(?P<words>as at|as of|date|month|period|stand|month end(?:ing)?)(?P<between>:?\s+)\d", re.IGNORECASE)


def draft(path: Path, source: str) -> str:
    """A mapping of the extract as YAML. Holds only headers, and values of coded open columns. Raises FileRefused, ContractError."""
    promised = contract(source)
    seen = sniff(path, column_guesses.known_words(promised))
    found = column_guesses.matched(seen.columns, promised)
    months = column_guesses.month_columns([column for column in seen.columns if column not in {match.header for match in found.values()}])
    _check_header(seen, found, months.headers if months else ())
    parts = [
        _top(path, source, seen),
        _columns(seen, found, promised, months),
        _months(months, found, promised),
        _values(seen, found, promised),
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def counts_of(text: str) -> str:
    """How much of a draft is recognised and how much is to do, without any of its words."""
    written = yaml.safe_load(text)
    recognised, unknown = len(written.get("columns") or {}), len(written.get("ignore") or [])
    codes = sum(len(codes or {}) for codes in (written.get("codes") or {}).values())
    needed = sum(bool(TO_DO.search(line)) for line in text.splitlines())
    return f"{recognised} columns recognised, {unknown} headers not; {codes} codes recognised; {needed} lines say what is still needed"


def _check_header(seen: Sniffed, found: dict[str, column_guesses.Match], months: tuple[str, ...]) -> None:
    """Refuse a table that may have no header. Its first row would then be a person's, and would be written into the mapping."""
    values = any(VALUE_LIKE.fullmatch(column) for column in seen.columns if column not in months)
    if seen.form in NAMED or len(found) > 1 or (found and not values):
        return
    says = f"no row of the first {HEAD_ROWS} looks like a header: none has a name that is known of {', '.join(KNOWN)} and the like"
    raise refuse("missing_column", f"{says}. Draft from an extract that has its header, or write the mapping by hand")


def _top(path: Path, source: str, seen: Sniffed) -> Iterator[str]:
    yield f"# A first draft from one extract, its header in row {seen.header_row}. Look at every line, then try it:"
    yield "#   python -m ingestion check --mapping <this file> --extract <the extract>"
    yield "# What else a mapping can say, such as which rows are wanted, stands in docs/add_a_council.md."
    yield f"source: {source}"
    yield "file:"
    pattern, gives = _pattern(path.name)
    title = next((found for text in seen.titles if (found := TITLE.search(text))), None)
    expression = _text(f"{title['words']}{title['between'].rstrip()}\\s+(?P<date>.+)") if title else None
    yield f"  pattern: {_text(pattern)}"
    if gives == "year":
        yield '  # NEEDED: the month for which a year\'s file stands: month: "09"'
    elif gives is None and title:
        yield f"  period: {{title: {expression}}}"
    elif gives is None:
        yield "  # NEEDED: the month. The name gives none: write (?P<period>\\d{4}-\\d{2}) where it stands, or say `period: {column: ...}` if rows"
        yield "  # give it, or `period: {is: 2025-09}` for a file of one month only."
    if gives and title:
        yield f"  as_at: {{title: {expression}}}"
    yield f"  format: {seen.form}"
    if seen.encoding and seen.encoding != "utf-8-sig":
        yield f"  encoding: {seen.encoding}"
    if seen.delimiter and seen.form == "csv" and seen.delimiter != ",":
        yield f"  delimiter: {_text(seen.delimiter)}"
    if seen.sheet:
        yield f"  sheet: {_text(seen.sheet)}"
    if seen.header_rows == 2:
        yield "  header_rows: 2"
    for header, text in ((header, text) for row in seen.last_rows for header, text in row.items()):
        if TOTAL.fullmatch(text):
            yield f"  totals: {{column: {_text(header)}, equals: {_text(text)}}}"
            break


def _columns(
    seen: Sniffed, found: dict[str, column_guesses.Match], promised: Contract, months: column_guesses.Months | None
) -> Iterator[str]:
    yield "columns:"
    for name, match in found.items():
        yield f"  {name}: {_text(match.header)}" if match.sure else f"  # UNSURE: {name}: {_text(match.header)}"
    missing = [column for column in promised.columns if column.name not in found]
    for column in missing:
        if column.required:
            advice = (
                'Or {join: [...], with: "|"} of what tells them apart.'
                if column.identifier
                else "Or a value for all rows under `constants`."
            )
            yield f"  # NOT FOUND, NEEDED: {column.name}: {_line(column.description)} {advice}"
    if others := [column.name for column in missing if not column.required]:
        yield from _comment(f"Not found, and not needed: {', '.join(others)}.", "  # ")
    known = {match.header for match in found.values()} | set(months.headers if months else ())
    unused = [header for header in seen.columns if header not in known]
    if unused:
        yield "# Not recognised, so nothing of them is kept. Move above what the contract needs."
        yield "ignore:"
        for header in dict.fromkeys(NUMBERED.sub("", name) for name in unused):
            why = column_guesses.why_not_asked(header)
            yield f"  - {_text(header)}" + (f"  # {why}" if why else "")


def _months(months: column_guesses.Months | None, found: dict[str, column_guesses.Match], promised: Contract) -> Iterator[str]:
    """What to use if the header has months. It is a proposal, because only the sender knows what the numbers under them count."""
    if months is None:
        return
    numbers = [column.name for column in promised.columns if column.logical_type in ("number", "integer") and column.name not in found]
    yield f"# MONTH COLUMNS: {len(months.headers)} headers are months, like {months.form}. If their cells are one number of each month, take these lines in:"
    yield f"# unpivot: {{headers: {_text(months.expression)}, name: Month, value: Number}}"
    yield f"# under `file`, and without a month in its pattern: period: {{column: Month, dates: {_text(months.form)}}}"
    yield f"# under `columns`: {' or '.join(numbers[:3]) or 'the column that they count'}: Number"
    if has_two_digit_year(months.form):
        yield "# and: two_digit_years_from: 1950"


def _values(seen: Sniffed, found: dict[str, column_guesses.Match], promised: Contract) -> Iterator[str]:
    mapped = {name: seen.columns[match.header] for name, match in found.items() if match.sure}
    columns = {column.name: column for column in promised.columns if column.name in mapped}
    yield from _dates({name: texts for name, texts in mapped.items() if columns[name].logical_type == "date"}, seen)
    if missing := column_guesses.missing_texts(mapped):
        yield f"missing: [{', '.join(_text(text) for text in missing)}]"
    numbers = {name: mapped[name] for name, column in columns.items() if column.logical_type in ("number", "integer")}
    if sign := column_guesses.currency(numbers):
        yield f"currency: {_text(sign)}  # amounts are kept as they are; nothing is converted"
    if column_guesses.has_decimal_comma(numbers):
        yield 'decimal: ","'
    yield from _truths({name: mapped[name] for name, column in columns.items() if column.logical_type == "boolean"})
    words = {name: column_guesses.words_of_numbers(texts) for name, texts in numbers.items()}
    coded = [column for column in columns.values() if (column.codes or words.get(column.name)) and column.privacy == "open"]
    if coded:
        yield "codes:"
    for column in coded:
        if column.codes:
            yield from _codes(mapped[column.name], column, missing)
        else:
            yield f"  {column.name}:  # fill in, or take out: the words that stand for a number"
            yield from (f"    # {_text(word)}: 1" for word in words[column.name])
    for column in (column for column in columns.values() if column.codes and column.privacy != "open"):
        yield from _comment(
            f"{column.name} is personal, so its values are not shown; under `codes`, each needs one of {', '.join(column.codes)}", "# "
        )


def _dates(mapped: dict[str, pl.Series], seen: Sniffed) -> Iterator[str]:
    dresses = {name: column_guesses.date_formats(texts) for name, texts in mapped.items()}
    formats = list(dict.fromkeys(dress[0] for found in dresses.values() for dress in found if not _is_open(dress)))
    sentinels: list[str] = []
    for name, found in dresses.items():
        for dress in found:
            if _is_open(dress) and not set(dress) & set(formats):
                yield f"# {name}: no day above 12 tells whether the day or the month comes first. Ask, then write one: {' or '.join(dress)}"
        if not found and mapped[name].len():
            yield f"# {name}: its dates are not all of one known form. Add the form to `dates`; `{EXCEL_SERIAL}` means Excel's day numbers"
        sentinels += [text for dress in found if EXCEL_SERIAL not in dress for text in column_guesses.no_dates(mapped[name], dress[0])]
    if formats and not (seen.form in ("xlsx", "xls", "ods", "parquet") and set(formats) <= {"%Y-%m-%d"}):
        yield f"dates: [{', '.join(_text(date_form) for date_form in formats)}]"
    if any(has_two_digit_year(date_form) for date_form in formats):
        yield "# NEEDED: the first of the hundred years that years of two digits are of: two_digit_years_from: 1950"
    if sentinels:
        yield f"no_date: [{', '.join(_text(sentinel) for sentinel in dict.fromkeys(sentinels))}]"


def _is_open(dress: list[str]) -> bool:
    """Whether a way of writing fits both with the day first and with the month first."""
    return len({re.sub("%[dm]", "?", form) for form in dress}) < len(dress)


def _truths(columns: dict[str, pl.Series]) -> Iterator[str]:
    spelled = {text for texts in columns.values() for text in texts.unique().to_list()}
    seen = [sorted(text for text in spelled if text.lower() in known) for known in (column_guesses.YES, column_guesses.NO)]
    for key, listed, known, opposite in zip(("yes", "no"), seen, (column_guesses.YES, column_guesses.NO), (seen[1], seen[0]), strict=True):
        if listed:
            yield f"{key}: [{', '.join(_text(text) for text in listed)}]"
        elif opposite:
            other = column_guesses.NO if known is column_guesses.YES else column_guesses.YES
            mirrored = known[other.index(opposite[0].lower())]
            yield f"{key}: [{_text(mirrored.upper() if opposite[0].isupper() else mirrored)}]  # not seen in this extract"
    if unclear := [
        name
        for name, texts in columns.items()
        if any(text.lower() not in (*column_guesses.YES, *column_guesses.NO) for text in texts.unique())
    ]:
        yield f"# Other values stand in {', '.join(unclear)}: say under `codes` which of them mean true and which false"


def _codes(texts: pl.Series, column: Column, missing: list[str]) -> Iterator[str]:
    counts = texts.filter(~texts.is_in(missing)).value_counts().rows()
    guessed = {value: code for value, _ in counts if (code := column_guesses.code_for(value, column))}
    known = {value: code for value, (code, sure) in guessed.items() if sure}
    unsure = {value: code for value, (code, sure) in guessed.items() if not sure}
    few = len(counts) <= MOST_CODES
    other = sorted(value for value, count in counts if value not in guessed and few and count >= OFTEN)
    unshown = len(counts) - len(guessed) - len(other)
    yield f"  {column.name}:" + ("" if known else "  # fill in, or take out")
    yield from (f"    {_text(value)}: {code}" for value, code in sorted(known.items()))
    yield from (f"    # UNSURE: {_text(value)}: {code}" for value, code in sorted(unsure.items()))
    if other or unshown:
        yield from _comment(f"Each of these needs one of {', '.join(column.codes)}:", "    # ")
    yield from (f"    # {_text(value)}:" for value in other)
    if unshown:
        yield f"    # and {unshown} that are not shown, because they stand on few rows or are many; `/Social.*/` takes all that fit, `/.*/` the rest"


def _pattern(name: str) -> tuple[str, str | None]:
    """An expression for names like this one, and whether it gives the month, only the year, or nothing."""
    for written, group in (*MONTH_IN_NAME, YEAR_IN_NAME):
        if found := re.search(written, name):
            expression = f"{_plain(name[: found.start()])}{group}{_plain(name[found.end() :])}"
            return expression, "year" if written is YEAR_IN_NAME[0] else "month"
    return _plain(name), None


def _plain(text: str) -> str:
    """An expression for exactly this text, with no more escapes than an expression needs."""
    return re.escape(text).replace("\\ ", " ").replace("\\-", "-")


def _comment(text: str, start: str) -> list[str]:
    return textwrap.wrap(text, 130, initial_indent=start, subsequent_indent=start, break_on_hyphens=False)


def _text(text: str) -> str:
    """A text as YAML writes it, in quotation marks if it could be taken for something else."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9 _/.-]*[A-Za-z0-9]", text) else json.dumps(text, ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(text.split())
