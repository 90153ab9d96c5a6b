"""What a mapping says: how one council's system fits a contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ingestion.mapping.expressions import Expression
from ingestion.mapping.file_formats import BOOKS

# Formats in which a cell may be a real date, number or truth, so that its ISO text needs no stated form.
TYPED_FORMATS = (*BOOKS, "parquet", "jsonl")
EXCEL_SERIAL = "excel serial"
NUMBERS, DAYS, TEXTS = "numbers", "days", "texts"


@dataclass(frozen=True)
class Totals:
    """Rows that add others up: those whose text in the column is one of `equals`, or fits `matches` as a whole."""

    column: str
    equals: tuple[str, ...] = ()
    matches: Expression | None = None


@dataclass(frozen=True)
class Joined:
    """A value made of several columns' texts; empty ones are passed over."""

    headers: tuple[str, ...]
    between: str


@dataclass(frozen=True)
class FirstOf:
    """A value that stands in the first of several columns that is filled."""

    headers: tuple[str, ...]


@dataclass(frozen=True)
class Taken:
    """A value that is a part of a column's text: what the expression's group stands for."""

    header: str
    expression: str

    @property
    def headers(self) -> tuple[str, ...]:
        return (self.header,)


@dataclass(frozen=True)
class HoursToFte:
    """FTE as contracted hours over full-time hours: those of a column, or of a table by another column's text, or one for all."""

    hours: str
    standard: str | None = None
    by: str | None = None
    table: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None


@dataclass(frozen=True)
class Unpivot:
    """Columns that become rows: each header that is listed, or fits the expression, is the text of `name`; its cell that of `value`."""

    listed: tuple[str, ...]
    matches: Expression | None
    name: str
    value: str


Rule = Joined | FirstOf | Taken | HoursToFte


@dataclass(frozen=True)
class PeriodColumn:
    """Where each row gives its own month, in one of the date formats; `month` (MM) is that of formats with the year alone."""

    column: str
    dates: tuple[str, ...]
    month: str | None = None
    excel_serials: bool = False


@dataclass(frozen=True)
class Wanted:
    """Rows told apart by the text in a column: one of `equals`, or one that fits `matches` as a whole. `keep` says which are kept."""

    header: str
    keep: bool
    equals: tuple[str, ...] = ()
    matches: Expression | None = None


@dataclass(frozen=True)
class Mapping:
    """A council's mapping of one source. Every value is the text that stands in the file.

    `columns` has the contract column and its header; `spellings` other ways in which a header is written; `made` the headers that
    no file has and a rule makes. `sheets` are the names of the sheets that are one table together, `sheet_name` the header under which
    each row has its sheet's name. `short_rows` says that rows may lack their last, empty fields; in the columns of `fill_down` an empty
    cell means what stands above it. `as_at_column` and `as_at_title` say where the extract gives the month that it was made for;
    `period`, `period_title` and `period_is` where the month itself comes from, if not from the file's name. `month` is that of a
    yearly file, whose name has no month. `ends_at` is what stands in the first cell of the row at which the table ends. `dates` are
    the formats of text dates, `no_date` the ISO dates that mean none, `two_digit_years_from` the first of the hundred years that
    years of two digits are of. `expressions` are codes of texts that fit an expression, `words` those of numbers.
    `new_codes_hold_from` has the columns in which fewer rows than that with one code that is not listed are rejected, and hold nothing.
    `types` has the contract's type of each column that is mapped, once the mapping was checked against its contract.
    `promised` are the names and titles that the contract gives its columns.
    """

    path: Path
    source: str
    pattern: Expression
    format: str
    columns: dict[str, str]
    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    made: dict[str, Rule] = field(default_factory=dict)
    unpivot: Unpivot | None = None
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    sheet: str | None = None
    sheets: Expression | None = None
    sheet_name: str | None = None
    short_rows: bool = False
    header_rows: int = 1
    password: str | None = None
    may_be_empty: bool = False
    as_at_column: str | None = None
    as_at_title: Expression | None = None
    period: PeriodColumn | None = None
    period_title: Expression | None = None
    period_is: str | None = None
    month: str | None = None
    parts: tuple[str, ...] = ()
    totals: Totals | None = None
    wanted: tuple[Wanted, ...] = ()
    ends_at: Expression | None = None
    constants: dict[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    excel_serials: bool = False
    two_digit_years_from: int | None = None
    no_date: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)
    when_empty: dict[str, str] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    per_cent: str = "fraction"
    decimal: str = "."
    currency: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    expressions: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    new_codes_hold_from: dict[str, int] = field(default_factory=dict)
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    promised: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that the file must have, each once, by the spelling that the mapping names first."""
        named = [column for column in self.columns.values() if column not in self.made]
        for rule in self.made.values():
            named += _used(rule)
        named += [wanted.header for wanted in self.wanted]
        named += [name for name in (self.as_at_column, self.totals and self.totals.column, self.period and self.period.column) if name]
        if self.unpivot:
            named = [name for name in named if name not in (self.unpivot.name, self.unpivot.value)] + list(self.unpivot.listed)
        return tuple(dict.fromkeys(name for name in named if name != self.sheet_name))

    def written(self, header: str) -> tuple[str, ...]:
        """Every spelling of a header."""
        return (header, *self.spellings.get(header, ()))

    def knows(self, label: str) -> bool:
        """Whether the mapping or its contract names a header. Any other header of a file may be a person's name, and is not repeated."""
        named = (*(spelled for header in self.headers for spelled in self.written(header)), *self.ignore, *self.promised)
        return tidy(label).casefold() in {name.casefold() for name in named}

    def columns_of(self, header: str) -> list[str]:
        """The contract columns that a header feeds, also through a rule."""
        feeds = []
        for name, mapped in self.columns.items():
            rule = self.made.get(mapped)
            feeds += [name] if header in ((mapped,) if rule is None else _used(rule)) else []
        return feeds

    def holds(self, header: str) -> str:
        """What the texts under a header are read as: `numbers`, `days` or, where any column takes them as they are shown, `texts`."""
        if self.unpivot and (header in self.unpivot.listed or header not in self.headers):
            header = self.unpivot.value
        kinds = {self.types.get(name, "string") for name in self.columns_of(header)}
        rules = [rule for rule in self.made.values() if isinstance(rule, HoursToFte)]
        if any(header == rule.by for rule in rules):
            return TEXTS
        if kinds and kinds <= {"number", "integer"}:
            return NUMBERS
        is_day = kinds == {"date"} or (
            not kinds and (header == self.as_at_column or (self.period is not None and header == self.period.column))
        )
        return DAYS if is_day else TEXTS

    @property
    def says_month(self) -> bool:
        """Whether the month comes from what stands in the file or the mapping, and not from the file's name."""
        return self.period is not None or self.period_title is not None or self.period_is is not None

    @property
    def month_from(self) -> str:
        """What tells the month: the file's name, a title, a column of that header, or the mapping."""
        if self.period is not None:
            return f"column {self.period.column}"
        return "title" if self.period_title is not None else f"mapping {self.period_is}" if self.period_is is not None else "name"

    @property
    def typed(self) -> bool:
        """Whether the format's cells may be real dates and truths."""
        return self.format in TYPED_FORMATS

    @property
    def has_parts(self) -> bool:
        """Whether several files make up a period: the pattern's group `part` tells them apart."""
        return "part" in self.pattern.groupindex


def _used(rule: Rule) -> tuple[str, ...]:
    """The headers that a rule reads."""
    if isinstance(rule, HoursToFte):
        return tuple(name for name in (rule.hours, rule.standard, rule.by) if name)
    return rule.headers


def tidy(text: str) -> str:
    """A header as it is compared: without blanks around it, runs of blanks and line breaks as one blank."""
    return " ".join(text.split())
