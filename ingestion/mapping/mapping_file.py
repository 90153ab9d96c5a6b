"""Reads a mapping file: what each key may hold, and what it means."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from foundation.configuration import ConfigurationError
from ingestion.mapping.date_formats import (
    OF_A_DAY,
    OF_A_TIME,
    OF_A_WEEK,
    completed,
    half_of_a_week,
    has_month,
    has_year,
    unlisted,
    writes_an_ending,
    zoned,
)
from ingestion.mapping.expressions import Expression
from ingestion.mapping.file_formats import BOOKS, FORMATS
from ingestion.mapping.mapping_columns import WrittenColumns
from ingestion.mapping.mapping_model import EXCEL_SERIAL, Mapping, PeriodColumn, Totals, Wanted, tidy
from ingestion.mapping.mapping_yaml import load

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
}
FITS = {"encoding": ("csv", "tsv", "jsonl"), "delimiter": ("csv", "tsv"), "short_rows": ("csv", "tsv")} | dict.fromkeys(
    ("sheet", "sheets", "sheet_name"), BOOKS
)
TRUTHS = ("true", "false")
# Made without the engine, because the engine starts threads, and a process with threads must not fork.
ALL, EVERY_SHEET = "all", Expression(r"(?s).*")
FILL = "fill"
PER_CENT = ("fraction", "number")
DECIMALS = (".", ",")
MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
KEYS = (
    *(
        "source",
        "file",
        "columns",
        "constants",
        "when_empty",
        "fill_down",
        "unpivot",
        "dates",
        "two_digit_years_from",
        "no_date",
        "missing",
    ),
    *("per_cent", "decimal", "currency", "codes", "new_codes_hold_from", "yes", "no", "ignore"),
)
FILE_KEYS = (
    *(
        "pattern",
        "format",
        "encoding",
        "delimiter",
        "sheet",
        "sheets",
        "sheet_name",
        "header",
        "header_rows",
        "password",
        "as_at",
        "period",
        "month",
        "parts",
    ),
    *("totals", "only", "leave_out", "ends_at", "may_be_empty", "short_rows"),
)
ISO = "%Y-%m-%d"
EXPRESSION = re.compile(r"/(?P<expression>.+)/")
SAMPLE_DAY = date(2024, 11, 23)
CENTURIES = (1850, 2000)


def source_of(path: Path) -> str:
    """The source that a mapping file names, before anything else in it is read. Raises ConfigurationError."""
    written = load(path, KEYS)
    if not isinstance(written.get("source"), str):
        raise ConfigurationError(f"{path}: `source` must name the source, for example hr_assignments")
    return str(written["source"])


class MappingFile(WrittenColumns):
    """Turns the text of the file into a Mapping, or says which key is wrong."""

    def __init__(self, path: Path, source: str) -> None:
        super().__init__(path, KEYS)
        self.source = source

    def mapping(self) -> Mapping:
        """The mapping as written. Raises ConfigurationError."""
        if self.written.get("source") != self.source:
            self.wrong("source", f"must be {self.source}")
        file = self.table("file")
        self.known_keys("file.", file, FILE_KEYS)
        form = self.one_of("file.format", file.get("format"), FORMATS)
        for key in FITS:
            if key in file and form not in FITS[key]:
                self.wrong(f"file.{key}", f"means nothing for {form}; leave it out")
        if file.get("header", "find") != "find":
            self.wrong("file.header", "must be find")
        dates, excel_serials = self._dates("dates", self.written.get("dates"))
        as_at = self.table("file.as_at", file.get("as_at"))
        self.known_keys("file.as_at.", as_at, ("column", "title"))
        month = self.one_of("file.month", file["month"], MONTHS) if "month" in file else None
        period = self.table("file.period", file.get("period"))
        self.known_keys("file.period.", period, ("column", "dates", "title", "is"))
        listed = {name: self.table(f"codes.{name}", codes) for name, codes in self.table("codes").items()}
        return Mapping(
            path=self.path,
            source=self.source,
            pattern=self._pattern(file),
            format=form,
            encoding=ENCODINGS[self.one_of("file.encoding", file.get("encoding", "utf-8"), tuple(ENCODINGS))],
            delimiter=self._delimiter(file.get("delimiter", "tab" if form == "tsv" else ",")),
            sheet=self.text("file.sheet", file["sheet"]) if "sheet" in file else None,
            sheets=self._sheets(file),
            sheet_name=tidy(self.text("file.sheet_name", file["sheet_name"])) if "sheet_name" in file else None,
            short_rows="short_rows" in file and self.one_of("file.short_rows", file["short_rows"], (FILL,)) == FILL,
            header_rows=int(self.one_of("file.header_rows", file.get("header_rows", "1"), ("1", "2"))),
            password=self.text("file.password", file["password"]) if "password" in file else None,
            may_be_empty=self.one_of("file.may_be_empty", file.get("may_be_empty", "false"), TRUTHS) == "true",
            as_at_column=self.header("file.as_at.column", as_at["column"]) if "column" in as_at else None,
            as_at_title=self.expression("file.as_at.title", as_at["title"], ("date",)) if "title" in as_at else None,
            period=self._period(period, dates, excel_serials, month) if "column" in period else None,
            period_title=self.expression("file.period.title", period["title"], ("date",)) if "title" in period else None,
            period_is=self._one_month(period["is"]) if "is" in period else None,
            month=month,
            parts=self.texts("file.parts", file.get("parts")),
            totals=self._totals(file["totals"]) if file.get("totals") else None,
            wanted=(*self._wanted(file, "only"), *self._wanted(file, "leave_out")),
            ends_at=self.expression("file.ends_at", file["ends_at"]) if "ends_at" in file else None,
            columns={name: self.column(name, value) for name, value in self.table("columns").items()},
            spellings=self.spellings,
            made=self.made,
            unpivot=self.unpivot() if "unpivot" in self.written else None,
            constants={name: self.text(f"constants.{name}", value) for name, value in self.table("constants").items()},
            when_empty={name: self.text(f"when_empty.{name}", value).strip() for name, value in self.table("when_empty").items()},
            fill_down=tuple(self.header("fill_down", text) for text in self.texts("fill_down")),
            dates=dates,
            excel_serials=excel_serials,
            two_digit_years_from=self._hundred_years(),
            no_date=self._no_date(dates),
            missing=("", *(text.strip() for text in self.texts("missing"))),
            per_cent=self.one_of("per_cent", self.written.get("per_cent", "fraction"), PER_CENT),
            decimal=self.one_of("decimal", self.written.get("decimal", "."), DECIMALS),
            currency=self.text("currency", self.written["currency"]).strip() if "currency" in self.written else "",
            codes={name: self._codes(name, codes) for name, codes in listed.items()},
            new_codes_hold_from={name: self._rows(name, rows) for name, rows in self.table("new_codes_hold_from").items()},
            expressions={name: found for name, codes in listed.items() if (found := self._expressions(name, codes))},
            yes=self.texts("yes"),
            no=self.texts("no"),
            ignore=tuple(tidy(text) for text in self.texts("ignore")),
        )

    def _period(self, period: dict[str, Any], dates: tuple[str, ...], serials: bool, month: str | None) -> PeriodColumn:
        formats, serials = self._dates("file.period.dates", period["dates"]) if "dates" in period else (dates, serials)
        if month is None and not all(has_month(date_format) for date_format in formats):
            self.wrong("file.period.dates", 'has a year alone. Say `file.month`, the month for which a year\'s rows stand, like "03"')
        return PeriodColumn(self.header("file.period.column", period["column"]), formats, month, serials)

    def _one_month(self, written: object) -> str:
        if not isinstance(written, str) or not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", written):
            self.wrong("file.period.is", "must be a month like 2025-09")
        return written

    def _pattern(self, file: dict[str, Any]) -> Expression:
        pattern = self.expression("file.pattern", file.get("pattern"))
        groups = set(pattern.groupindex)
        if "period" in file:
            if len(set(file["period"] or ()) & {"column", "title", "is"}) != 1:
                self.wrong("file.period", "must be one of {column: ...}, {title: ...} and {is: ...}")
            if {"period", "year", "month"} & groups:
                self.wrong("file.pattern", "gives a month, and `file.period` says where the month stands; leave one out")
        elif not ("period" in groups or {"year", "month"} <= groups or ("year" in groups and "month" in file)):
            says = "needs the group (?P<period>...), or the groups (?P<year>...) and (?P<month>...)"
            self.wrong("file.pattern", f"{says}; or say in `file.period` where else the month stands")
        if file.get("parts") and "part" not in groups:
            self.wrong("file.pattern", "needs the group (?P<part>...), because `file.parts` lists the parts of a period")
        return pattern

    def _sheets(self, file: dict[str, Any]) -> Expression | None:
        """Which sheets are one table together: those whose names fit the expression as a whole, or all."""
        if "sheet_name" in file and "sheets" not in file:
            self.wrong("file.sheet_name", "means nothing without `file.sheets`")
        if "sheets" not in file:
            return None
        if "sheet" in file:
            self.wrong("file.sheets", "stands beside `file.sheet`; leave one out")
        return EVERY_SHEET if file["sheets"] == ALL else self.expression("file.sheets", file["sheets"])

    def _delimiter(self, written: object) -> str:
        delimiter = {"\\t": "\t", "tab": "\t"}.get(str(written), str(written))
        if len(delimiter) != 1:
            self.wrong("file.delimiter", "must be one character (or tab)")
        return delimiter

    def _totals(self, written: object) -> Totals:
        totals = self.table("file.totals", written)
        self.known_keys("file.totals.", totals, ("column", "equals", "matches"))
        column = self.header("file.totals.column", totals.get("column"))
        if "matches" in totals:
            return Totals(column, matches=self.expression("file.totals.matches", totals["matches"]))
        equals = totals.get("equals")
        listed = equals if isinstance(equals, list) else [equals]
        return Totals(column, tuple(self.text("file.totals.equals", entry).strip() for entry in listed))

    def _wanted(self, file: dict[str, Any], key: str) -> tuple[Wanted, ...]:
        """Rows to keep or to leave out: by header, a list of texts or an expression."""
        found = []
        for written, told in self.table(f"file.{key}", file.get(key)).items():
            header, place = self.header(f"file.{key}", written), f"file.{key}.{written}"
            if isinstance(told, list):
                found.append(Wanted(header, key == "only", tuple(text.strip() for text in self.texts(place, told))))
            else:
                found.append(Wanted(header, key == "only", matches=self.expression(place, told)))
        return tuple(found)

    def _dates(self, key: str, written: object) -> tuple[tuple[str, ...], bool]:
        """Date formats, and whether Excel's day numbers are dates too."""
        formats = [self.text(key, entry) for entry in (written if isinstance(written, list) else [written] if written else [])]
        excel_serials = EXCEL_SERIAL in formats
        formats = [date_format for date_format in formats if date_format != EXCEL_SERIAL]
        for date_format in formats:
            if "%" not in date_format:
                self.wrong(key, f"has '{date_format}', which is no date format. Write it like \"%d/%m/%Y\", or {EXCEL_SERIAL}")
            if strange := unlisted(date_format):
                known = ", ".join(f"{directive} ({means})" for directive, means in OF_A_DAY.items())
                known = f"{known}; {OF_A_WEEK[0]} for weeks; {', '.join(OF_A_TIME)} and %z for times"
                self.wrong(key, f"has '{date_format}', and {strange[0]} is nothing that dates can be read by. Write dates with {known}")
            if half_of_a_week(date_format):
                self.wrong(
                    key, f"has '{date_format}', which is a part of the date of a week. Write all of it: {OF_A_WEEK[0]} reads 2025-W40-2"
                )
            if writes_an_ending(date_format):
                self.wrong(
                    key,
                    f"has '{date_format}', which fits one ending only. Write the day as %d alone: \"%d %B %Y\" reads 1st April 2025 too",
                )
            if not has_year(date_format):
                self.wrong(
                    key, f"has '{date_format}', which gives no year, and none is guessed. Have the year written in the file, as %Y or %y"
                )
            if not _is_format(date_format):
                self.wrong(key, f"has '{date_format}', by which no date can be read")
        orders = [re.sub("%[dm]", "?", date_format) for date_format in formats]
        if len(set(orders)) < len(set(formats)):
            self.wrong(key, "has the same format with the day first and with the month first; which is meant is never guessed")
        return tuple(dict.fromkeys(formats)), excel_serials

    def _hundred_years(self) -> int | None:
        written = self.written.get("two_digit_years_from")
        if written is None:
            return None
        if not re.fullmatch(r"\d{4}", str(written)) or not CENTURIES[0] <= int(written) <= CENTURIES[1]:
            self.wrong("two_digit_years_from", f"must be the first of the hundred years that are meant, {CENTURIES[0]} to {CENTURIES[1]}")
        return int(written)

    def _no_date(self, dates: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._day(text, dates).isoformat() for text in self.texts("no_date"))

    def _day(self, written: str, dates: tuple[str, ...]) -> date:
        for date_format in (*dates, ISO):
            try:
                return datetime.strptime(written.strip(), date_format).date()
            except ValueError:
                continue
        self.wrong("no_date", f"has '{written}', which is not written like {' or '.join((*dates, ISO))}")

    def _codes(self, name: str, listed: dict[str, Any]) -> dict[str, str]:
        if not listed:
            self.wrong(f"codes.{name}", "lists no code")
        codes = {value.strip(): self.text(f"codes.{name}.{value}", code).strip() for value, code in listed.items()}
        return {value: code for value, code in codes.items() if not EXPRESSION.fullmatch(value)}

    def _rows(self, name: str, written: object) -> int:
        if not isinstance(written, str) or not re.fullmatch(r"[1-9]\d{0,8}", written):
            self.wrong(f"new_codes_hold_from.{name}", "must be a number of rows, from 1 on")
        return int(written)

    def _expressions(self, name: str, listed: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        """Codes of texts that fit an expression, which is written between slashes."""
        found = []
        for value, code in listed.items():
            if written := EXPRESSION.fullmatch(value.strip()):
                key = f"codes.{name}.{value}"
                found.append((self.expression(key, written["expression"]).pattern, self.text(key, code).strip()))
        return tuple(found)


def _is_format(written: str) -> bool:
    """Whether the engine that will read dates can write and read back a date in a format."""
    written = zoned(written) or written
    form, rest = completed(written)
    try:
        told = pl.Series([SAMPLE_DAY]).cast(pl.Datetime("us", "UTC")).dt.strftime(written.replace("%#z", "%z")) + rest
        return told.str.strptime(pl.Date, form, strict=False).null_count() == 0
    except pl.exceptions.PolarsError:
        return False
