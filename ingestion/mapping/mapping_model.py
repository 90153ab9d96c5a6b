"""The content of a mapping: how one council's system fits a contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ingestion.mapping.expressions import Expression
from ingestion.mapping.file_formats import BOOKS

# Formats whose cells may be real dates, numbers, or true and false. The mapping need not say how they are written.
TYPED_FORMATS = (*BOOKS, "parquet", "jsonl")
EXCEL_SERIAL = "excel serial"
NUMBERS, DAYS, TEXTS = "numbers", "days", "texts"


@dataclass(frozen=True)
class Totals:
    """Total rows: those whose text in the column is one of `equals`, or fits `matches` as a whole."""

    column: str
    equals: tuple[str, ...] = ()
    matches: Expression | None = None


@dataclass(frozen=True)
class Joined:
    """A value made of the texts of several columns. Empty texts are left out."""

    headers: tuple[str, ...]
    between: str


@dataclass(frozen=True)
class FirstOf:
    """A value from the first of several columns that is filled."""

    headers: tuple[str, ...]


@dataclass(frozen=True)
class Taken:
    """A value that is a part of a column's text: the part that the expression's group matches."""

    header: str
    expression: str

    @property
    def headers(self) -> tuple[str, ...]:
        return (self.header,)


@dataclass(frozen=True)
class HoursToFte:
    """FTE as contracted hours divided by full-time hours.

    These come from a column, from a table by another column's text, or are one number for all.
    """

    hours: str
    standard: str | None = None
    by: str | None = None
    table: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None


@dataclass(frozen=True)
class Unpivot:
    """Columns that become rows.

    Each header that is listed, or fits the expression, becomes the text of `name`. Its cell becomes that of `value`.
    """

    listed: tuple[str, ...]
    matches: Expression | None
    name: str
    value: str


Rule = Joined | FirstOf | Taken | HoursToFte


@dataclass(frozen=True)
class PeriodColumn:
    """Where each row gives its own month, in one of the date formats. `month` (MM) is used for formats with only the year."""

    column: str
    dates: tuple[str, ...]
    month: str | None = None
    excel_serials: bool = False


@dataclass(frozen=True)
class Wanted:
    """Rows with certain texts in a column: one of `equals`, or one that fits `matches` as a whole. `keep` says whether they are kept."""

    header: str
    keep: bool
    equals: tuple[str, ...] = ()
    matches: Expression | None = None


@dataclass(frozen=True)
class Mapping:
    """A council's mapping of one source. Every value is the text in the file.

    `columns` has each contract column with its header, `spellings` other ways in which a header is written, and `made` the headers
    that a rule makes and no file has.

    `sheets` are the names of the sheets that are one table together, and `sheet_name` is the header under which each row has its
    sheet's name. `short_rows` says that rows may lack their last, empty fields. In the columns of `fill_down` an empty cell means
    the cell above it. `ends_at` is the text in the first cell of the row at which the table ends.

    `as_at_column` and `as_at_title` say where the extract gives the month for which it was made. `period`, `period_title` and
    `period_is` say where the month itself comes from, if not from the file's name. `month` is that of a yearly file, whose name has
    no month.

    `dates` are the formats of text dates, `no_date` the ISO dates that mean none, and `two_digit_years_from` is the first of the
    hundred years that two digits can mean. `expressions` are codes for texts that fit an expression, and `words` codes for numbers.

    `new_codes_hold_from` has, by column, the number of rows from which a code that is not listed holds the file. Fewer rows are
    only rejected.

    `types` has the contract's type of each mapped column, once the mapping was checked against its contract. `promised` are the
    names and titles that the contract gives its columns.
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
        """Every header that the file must have, each once, in the spelling that the mapping names first."""
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
        """The contract columns that a header feeds, directly or through a rule."""
        feeds = []
        for name, mapped in self.columns.items():
            rule = self.made.get(mapped)
            feeds += [name] if header in ((mapped,) if rule is None else _used(rule)) else []
        return feeds

    def holds(self, header: str) -> str:
        """How the texts under a header are read: as `numbers`, as `days` or, if any column takes them as they are shown, as `texts`."""
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
        """Whether the month comes from the file's content or the mapping, and not from the file's name."""
        return self.period is not None or self.period_title is not None or self.period_is is not None

    @property
    def month_from(self) -> str:
        """What gives the month: the file's name, a title, the column with that header, or the mapping."""
        if self.period is not None:
            return f"column {self.period.column}"
        return "title" if self.period_title is not None else f"mapping {self.period_is}" if self.period_is is not None else "name"

    @property
    def typed(self) -> bool:
        """Whether the format's cells may be real dates, and true or false."""
        return self.format in TYPED_FORMATS

    @property
    def has_parts(self) -> bool:
        """Whether several files make up a period. The pattern's group `part` tells them apart."""
        return "part" in self.pattern.groupindex


def _used(rule: Rule) -> tuple[str, ...]:
    """The headers that a rule reads."""
    if isinstance(rule, HoursToFte):
        return tuple(name for name in (rule.hours, rule.standard, rule.by) if name)
    return rule.headers


def tidy(text: str) -> str:
    """A header in the form in which headers are compared:

    without blanks around it, and with one blank for each run of blanks and line breaks.
    """
    return " ".join(text.split())
