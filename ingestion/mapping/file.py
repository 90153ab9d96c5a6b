"""The reading of a mapping file: YAML in which every value is text, and what each key may hold."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import yaml

from ingestion.mapping.form import EXCEL_SERIAL, HoursToFte, Joined, Mapping, PeriodColumn, Totals, Unpivot, tidy
from ingestion.reading.kind import FORMATS
from warehouse.configuration import ConfigurationError

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
}
TRUTHS = ("true", "false")
PER_CENT = ("fraction", "number")
KEYS = ("source", "file", "columns", "constants", "unpivot", "dates", "no_date", "missing", "per_cent", "codes", "yes", "no", "ignore")
FILE_KEYS = (
    "pattern",
    "format",
    "encoding",
    "delimiter",
    "sheet",
    "header",
    "header_rows",
    "password",
    "as_at",
    "period",
    "month",
    "parts",
    "totals",
    "may_be_empty",
)
ISO = "%Y-%m-%d"
NUMBER = re.compile(r"\d+(\.\d+)?")


class _TextLoader(yaml.SafeLoader):
    """YAML in which every value is text, so that `01`, `no` and dates mean what is written; a repeated key is an error."""


_TextLoader.yaml_implicit_resolvers = {}


def _once(loader: _TextLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    pairs = loader.construct_pairs(node, deep=True)
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise yaml.YAMLError(f"the key {name} stands twice from line {node.start_mark.line + 1} on")
    return dict(pairs)


_TextLoader.add_constructor("tag:yaml.org,2002:map", _once)


def source_of(path: Path) -> str:
    """The source that a mapping file names, before anything else of it is looked at. Raises ConfigurationError."""
    written = _load(path)
    if not isinstance(written.get("source"), str):
        raise ConfigurationError(f"{path}: `source` must name the source, for example hr_assignments")
    return str(written["source"])


class MappingFile:
    """Turns what is written into a Mapping, or says which key holds what it must not."""

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self.source = source
        self.written = _load(path)
        self.spellings: dict[str, tuple[str, ...]] = {}
        self.made: dict[str, Joined | HoursToFte] = {}

    def mapping(self) -> Mapping:
        """The mapping as written. Raises ConfigurationError."""
        self._known_keys("", self.written, KEYS)
        if self.written.get("source") != self.source:
            self._wrong("source", f"must be {self.source}")
        file = self._table("file")
        self._known_keys("file.", file, FILE_KEYS)
        form = self._one_of("file.format", file.get("format"), FORMATS)
        for key in ("encoding", "delimiter", "sheet"):
            if key in file and form not in FITS[key]:
                self._wrong(f"file.{key}", f"means nothing for {form}; leave it out")
        if file.get("header", "find") != "find":
            self._wrong("file.header", "must be find")
        dates, excel_serials = self._dates("dates", self.written.get("dates"))
        as_at = self._table("file.as_at", file.get("as_at"))
        self._known_keys("file.as_at.", as_at, ("column", "title"))
        return Mapping(
            path=self.path,
            source=self.source,
            pattern=self._pattern(file),
            format=form,
            encoding=ENCODINGS[self._one_of("file.encoding", file.get("encoding", "utf-8"), tuple(ENCODINGS))],
            delimiter=self._delimiter(file.get("delimiter", "tab" if form == "tsv" else ",")),
            sheet=file.get("sheet"),
            header_rows=int(self._one_of("file.header_rows", file.get("header_rows", "1"), ("1", "2"))),
            password=self._text("file.password", file["password"]) if "password" in file else None,
            may_be_empty=self._one_of("file.may_be_empty", file.get("may_be_empty", "false"), TRUTHS) == "true",
            as_at_column=self._header("file.as_at.column", as_at["column"]) if "column" in as_at else None,
            as_at_title=self._expression("file.as_at.title", as_at["title"], ("date",)) if "title" in as_at else None,
            period=self._period(file.get("period"), dates) if "period" in file else None,
            month=self._one_of("file.month", file["month"], tuple(f"{month:02d}" for month in range(1, 13))) if "month" in file else None,
            parts=tuple(self._list("file.parts", file.get("parts"))),
            totals=self._totals(file["totals"]) if file.get("totals") else None,
            columns={name: self._column(name, value) for name, value in self._table("columns").items()},
            spellings=self.spellings,
            made=self.made,
            unpivot=self._unpivot() if "unpivot" in self.written else None,
            constants={name: self._text(f"constants.{name}", value) for name, value in self._table("constants").items()},
            dates=dates,
            excel_serials=excel_serials,
            no_date=self._no_date(dates),
            missing=("", *(one.strip() for one in self._list("missing"))),
            per_cent=self._one_of("per_cent", self.written.get("per_cent", "fraction"), PER_CENT),
            codes={name: self._codes(name, listed) for name, listed in self._table("codes").items()},
            yes=self._list("yes"),
            no=self._list("no"),
            ignore=tuple(tidy(one) for one in self._list("ignore")),
        )

    def _header(self, key: str, written: object) -> str:
        """A header by its first spelling; the others of a list are remembered."""
        if isinstance(written, list):
            spelled = tuple(tidy(self._text(key, one)) for one in written)
            if not spelled:
                self._wrong(key, "lists no header")
            self.spellings[spelled[0]] = tuple(dict.fromkeys([*self.spellings.get(spelled[0], ()), *spelled[1:]]))
            return spelled[0]
        return tidy(self._text(key, written))

    def _column(self, name: str, written: object) -> str:
        key = f"columns.{name}"
        if not isinstance(written, dict):
            return self._header(key, written)
        rule: Joined | HoursToFte
        if "join" in written:
            self._known_keys(f"{key}.", written, ("join", "with"))
            if not isinstance(written["join"], list) or not written["join"]:
                self._wrong(f"{key}.join", "must be a list of headers")
            rule = Joined(tuple(self._header(f"{key}.join", one) for one in written["join"]), written.get("with", " "))
            label = " + ".join(rule.headers)
        elif "hours" in written:
            self._known_keys(f"{key}.", written, ("hours", "standard_hours"))
            rule = self._hours_to_fte(key, written)
            label = f"{rule.hours} / {rule.standard or rule.by or rule.otherwise}"
        else:
            self._wrong(key, "must be a header, a list of its spellings, {join: [...], with: ...} or {hours: ..., standard_hours: ...}")
        self.made[label] = rule
        return label

    def _hours_to_fte(self, key: str, written: dict[str, Any]) -> HoursToFte:
        hours, standard = self._header(f"{key}.hours", written["hours"]), written.get("standard_hours")
        key = f"{key}.standard_hours"
        if not isinstance(standard, dict):
            return HoursToFte(hours, otherwise=self._number(key, standard))
        if "column" in standard:
            self._known_keys(f"{key}.", standard, ("column",))
            return HoursToFte(hours, standard=self._header(f"{key}.column", standard["column"]))
        self._known_keys(f"{key}.", standard, ("by", "table", "otherwise"))
        table = self._table(f"{key}.table", standard.get("table"))
        return HoursToFte(
            hours,
            by=self._header(f"{key}.by", standard.get("by")),
            table={value.strip(): self._number(f"{key}.table.{value}", number) for value, number in table.items()},
            otherwise=self._number(f"{key}.otherwise", standard["otherwise"]) if "otherwise" in standard else None,
        )

    def _unpivot(self) -> Unpivot:
        written = self._table("unpivot")
        self._known_keys("unpivot.", written, ("headers", "name", "value"))
        headers = written.get("headers")
        listed = tuple(self._header("unpivot.headers", one) for one in headers) if isinstance(headers, list) else ()
        matches = None if listed else self._expression("unpivot.headers", headers, ())
        name, value = (tidy(self._text(f"unpivot.{key}", written.get(key))) for key in ("name", "value"))
        return Unpivot(listed, matches, name, value)

    def _period(self, written: object, dates: tuple[str, ...]) -> PeriodColumn:
        period = self._table("file.period", written)
        self._known_keys("file.period.", period, ("column", "dates"))
        formats = self._dates("file.period.dates", period["dates"])[0] if "dates" in period else dates
        return PeriodColumn(self._header("file.period.column", period.get("column")), formats or (ISO,))

    def _pattern(self, file: dict[str, Any]) -> re.Pattern[str]:
        pattern = self._expression("file.pattern", file.get("pattern"), ())
        groups = set(pattern.groupindex)
        if "period" in file:
            if {"period", "year", "month"} & groups:
                self._wrong("file.pattern", "gives a month, and `file.period` says that each row gives its own; leave one out")
        elif not ("period" in groups or {"year", "month"} <= groups or ("year" in groups and "month" in file)):
            self._wrong("file.pattern", "needs the group (?P<period>...), or the groups (?P<year>...) and (?P<month>...)")
        if file.get("parts") and "part" not in groups:
            self._wrong("file.pattern", "needs the group (?P<part>...), because `file.parts` lists the parts of a period")
        return pattern

    def _expression(self, key: str, written: object, groups: tuple[str, ...]) -> re.Pattern[str]:
        try:
            expression = re.compile(self._text(key, written))
        except re.error as error:
            self._wrong(key, f"is not a regular expression: {error}")
        for group in groups:
            if group not in expression.groupindex:
                self._wrong(key, f"needs the group (?P<{group}>...)")
        return expression

    def _delimiter(self, written: object) -> str:
        delimiter = {"\\t": "\t", "tab": "\t"}.get(str(written), str(written))
        if len(delimiter) != 1:
            self._wrong("file.delimiter", "must be one character (or tab)")
        return delimiter

    def _totals(self, written: object) -> Totals:
        totals = self._table("file.totals", written)
        self._known_keys("file.totals.", totals, ("column", "equals", "matches"))
        column = self._header("file.totals.column", totals.get("column"))
        if "matches" in totals:
            return Totals(column, matches=self._expression("file.totals.matches", totals["matches"], ()))
        equals = totals.get("equals")
        listed = equals if isinstance(equals, list) else [equals]
        return Totals(column, tuple(self._text("file.totals.equals", one).strip() for one in listed))

    def _dates(self, key: str, written: object) -> tuple[tuple[str, ...], bool]:
        """Date formats, and whether Excel's day numbers are dates too."""
        formats = [self._text(key, one) for one in (written if isinstance(written, list) else [written] if written else [])]
        excel_serials = EXCEL_SERIAL in formats
        formats = [one for one in formats if one != EXCEL_SERIAL]
        for one in formats:
            if "%" not in one:
                self._wrong(key, f"has '{one}', which is no date format. Write it like \"%d/%m/%Y\", or {EXCEL_SERIAL}")
        orders = [re.sub("%[dm]", "?", one) for one in formats]
        if len(set(orders)) < len(set(formats)):
            self._wrong(key, "has the same format with the day first and with the month first; which is meant is never guessed")
        return tuple(dict.fromkeys(formats)), excel_serials

    def _no_date(self, dates: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._day(one, dates).isoformat() for one in self._list("no_date"))

    def _day(self, written: str, dates: tuple[str, ...]) -> date:
        for one in (*dates, ISO):
            try:
                return datetime.strptime(written.strip(), one).date()
            except ValueError:
                continue
        self._wrong("no_date", f"has '{written}', which is not written like {' or '.join((*dates, ISO))}")

    def _codes(self, name: str, listed: object) -> dict[str, str]:
        codes = self._table(f"codes.{name}", listed)
        if not codes:
            self._wrong(f"codes.{name}", "lists no code")
        return {value.strip(): self._text(f"codes.{name}.{value}", code) for value, code in codes.items()}

    def _one_of(self, key: str, value: object, allowed: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value.lower() not in allowed:
            self._wrong(key, f"must be one of {', '.join(allowed)}")
        return value.lower()

    def _number(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not NUMBER.fullmatch(value.strip()) or float(value) == 0:
            self._wrong(key, "must be a number of hours above 0")
        return value.strip()

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            self._wrong(key, "must be a text")
        return value

    def _list(self, key: str, value: object = None) -> tuple[str, ...]:
        value = (self.written.get(key) if value is None else value) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._wrong(key, "must be a list of texts")
        return tuple(value)

    def _table(self, key: str, value: object = None) -> dict[str, Any]:
        value = (self.written.get(key) if value is None else value) or {}
        if not isinstance(value, dict):
            self._wrong(key, "must hold keys and values")
        return value

    def _known_keys(self, prefix: str, written: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in written:
            if key not in known:
                self._wrong(f"{prefix}{key}", f"is not known here; known are {', '.join(known)}")

    def _wrong(self, key: str, says: str) -> NoReturn:
        raise ConfigurationError(f"{self.path}: `{key}` {says}")


FITS = {"encoding": ("csv", "tsv", "jsonl"), "delimiter": ("csv", "tsv"), "sheet": ("xlsx", "xls", "ods")}


def _load(path: Path) -> dict[str, Any]:
    try:
        written = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such mapping. Write it, or take the source out of organisation.yaml") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(written, dict):
        raise ConfigurationError(f"{path}: must hold keys and values: {', '.join(KEYS)}")
    return written
