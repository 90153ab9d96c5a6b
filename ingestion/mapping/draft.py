"""A first mapping for an extract that nobody has described yet: what was recognised, and a comment for what was not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ingestion.contract import Column, Contract, contract
from ingestion.mapping import guess
from ingestion.mapping.sniff import Sniffed, sniff

# Values go into a mapping only where they are codes: few, and each on several rows. A value on one row may be about one person.
MOST_CODES, OFTEN = 60, 3
TOTAL = re.compile(r"(grand |sub)?-?totals?:?", re.IGNORECASE)
NUMBERED = re.compile(r" \[\d+\]$")
MONTH_IN_NAME = (
    (re.compile(r"(20\d\d)[-_.]?(0[1-9]|1[0-2])(?!\d)"), r"(?P<year>\\d{4})[-_.]?(?P<month>\\d{2})"),
    (re.compile(r"(0[1-9]|1[0-2])[-_.](20\d\d)"), r"(?P<month>\\d{2})[-_.](?P<year>\\d{4})"),
    (
        re.compile(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-_. ]?(20)?(\d\d)", re.IGNORECASE),
        r"(?P<month>[A-Za-z]{3,9})[-_. ]?(?P<year>(?:20)?\\d{2})",
    ),
)


def draft(path: Path, source: str) -> str:
    """A mapping of the extract as YAML. Holds headers, and values of coded open columns alone. Raises FileRefused, ContractError."""
    promised = contract(source)
    seen = sniff(path, guess.known_words(promised))
    found = guess.matched(seen.columns, promised)
    return "\n".join([*_top(path, source, seen), *_columns(seen, found, promised), *_values(seen, found, promised)]) + "\n"


def _top(path: Path, source: str, seen: Sniffed) -> Iterator[str]:
    yield f"# A first draft from one extract, its header in row {seen.header_row}. Look at every line, then try it:"
    yield "#   python -m ingestion check --mapping <this file> --extract <the extract>"
    yield f"source: {source}"
    yield "file:"
    pattern, has_month = _pattern(path.name)
    if not has_month:
        yield "  # The name gives no month. Add (?P<period>\\d{4}-\\d{2}) where it stands, or say `period: {column: ...}` if rows give it."
    yield f"  pattern: {_text(pattern)}"
    yield f"  format: {seen.form}"
    if seen.encoding and seen.encoding != "utf-8-sig":
        yield f"  encoding: {seen.encoding}"
    if seen.delimiter and seen.form == "csv" and seen.delimiter != ",":
        yield f"  delimiter: {_text(seen.delimiter)}"
    if seen.sheet:
        yield f"  sheet: {_text(seen.sheet)}"
    for header, text in ((header, text) for row in seen.last_rows for header, text in row.items()):
        if TOTAL.fullmatch(text):
            yield f"  totals: {{column: {_text(header)}, equals: {_text(text)}}}"
            break


def _columns(seen: Sniffed, found: dict[str, str], promised: Contract) -> Iterator[str]:
    yield "columns:"
    for name, header in found.items():
        yield f"  {name}: {_text(header)}"
    for one in promised.columns:
        if one.name not in found and one.required:
            yield f"  # NOT FOUND, NEEDED: {one.name}: {_line(one.description)} Or give it under `constants`."
    for one in promised.columns:
        if one.name not in found and not one.required:
            yield f"  # not found: {one.name}: {_line(one.description)}"
    unused = [header for header in seen.columns if header not in found.values()]
    if unused:
        yield "# Not recognised, so nothing of them is kept. Move above what the contract needs."
        yield "ignore:"
        yield from (f"  - {_text(NUMBERED.sub('', header))}" for header in dict.fromkeys(unused))


def _values(seen: Sniffed, found: dict[str, str], promised: Contract) -> Iterator[str]:
    mapped = {name: seen.columns[header] for name, header in found.items()}
    columns = {one.name: one for one in promised.columns if one.name in mapped}
    yield from _dates({name: texts for name, texts in mapped.items() if columns[name].logical_type == "date"}, seen)
    if missing := guess.missing_texts(mapped):
        yield f"missing: [{', '.join(_text(one) for one in missing)}]"
    yield from _truths([mapped[name] for name, one in columns.items() if one.logical_type == "boolean"], columns)
    coded = [one for one in columns.values() if one.codes and one.privacy == "open"]
    if coded:
        yield "codes:"
    for one in coded:
        yield from _codes(mapped[one.name], one, missing)


def _dates(mapped: dict[str, pl.Series], seen: Sniffed) -> Iterator[str]:
    formats, sentinels = [], []
    for name, texts in mapped.items():
        fitting = guess.date_formats(texts)
        orders = {re.sub("%[dm]", "?", one) for one in fitting}
        if len(fitting) > len(orders):
            yield f"# {name}: no day above 12 tells whether the day or the month comes first. Ask, then write one: {' or '.join(fitting)}"
        elif fitting:
            formats += [fitting[0]]
            sentinels += guess.no_dates(texts, fitting[0])
        elif texts.len():
            yield f"# {name}: its dates are not all of one known form. Add the form to `dates`; `excel serial` means Excel's day numbers"
    if formats and not (seen.form in ("xlsx", "xls", "ods", "parquet") and set(formats) <= {"%Y-%m-%d"}):
        yield f"dates: [{', '.join(_text(one) for one in dict.fromkeys(formats))}]"
    if sentinels:
        yield f"no_date: [{', '.join(_text(one) for one in dict.fromkeys(sentinels))}]"


def _truths(columns: list[pl.Series], named: dict[str, Column]) -> Iterator[str]:
    spelled = {one for texts in columns for one in texts.unique().to_list()}
    seen = [sorted(one for one in spelled if one.lower() in known) for known in (guess.YES, guess.NO)]
    for key, listed, known, opposite in zip(("yes", "no"), seen, (guess.YES, guess.NO), (seen[1], seen[0]), strict=True):
        if listed:
            yield f"{key}: [{', '.join(_text(one) for one in listed)}]"
        elif opposite:
            other = guess.NO if known is guess.YES else guess.YES
            mirrored = known[other.index(opposite[0].lower())]
            yield f"{key}: [{_text(mirrored.upper() if opposite[0].isupper() else mirrored)}]  # not seen in this extract"
    if columns and any(one.lower() not in (*guess.YES, *guess.NO) for one in spelled):
        unclear = ", ".join(name for name, one in named.items() if one.logical_type == "boolean")
        yield f"# Other values stand in {unclear}: say under `codes` which of them mean true and which false"


def _codes(texts: pl.Series, column: Column, missing: list[str]) -> Iterator[str]:
    counts = texts.filter(~texts.is_in(missing)).value_counts().rows()
    known = {value: code for value, _ in counts if (code := guess.code_for(value, column))}
    few = len(counts) <= MOST_CODES
    other = sorted(value for value, count in counts if value not in known and few and count >= OFTEN)
    yield f"  {column.name}:" + ("" if known else "  # fill in, or take out" if other else " {}")
    yield from (f"    {_text(value)}: {code}" for value, code in sorted(known.items()))
    yield from (f"    # {_text(value)}: one of {', '.join(column.codes)}" for value in other[:MOST_CODES])
    unshown = len(counts) - len(known) - len(other)
    if unshown:
        yield f"    # {unshown} other values are not shown, because they stand on few rows or are many"


def _pattern(name: str) -> tuple[str, bool]:
    for written, group in MONTH_IN_NAME:
        if found := written.search(name):
            return f"{re.escape(name[: found.start()])}{group.replace(chr(92) * 2, chr(92))}{re.escape(name[found.end() :])}", True
    return re.escape(name), False


def _text(text: str) -> str:
    """A text as YAML writes it, in quotation marks where it could be taken for something else."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9 _/.-]*[A-Za-z0-9]", text) else json.dumps(text, ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(text.split())
