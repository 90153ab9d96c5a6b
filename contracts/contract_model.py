"""The parts of a contract: columns, rules and a description for readers. Each version is in force for a period of months."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.census_items import CensusItem, census_items
from contracts.code_lists import Code, code_lists, plain_code

HISTORY_COLUMN = "effective_from"

# Ending of the name of the column that says since which month an age band applies.
BAND_SINCE = "_since"

# What every raw row carries besides its contract's columns. The folder names give organisation and period.
DELIVERY_COLUMNS = (("delivery_id", "varchar"), ("source_file", "varchar"), ("source_sheet", "varchar"), ("source_row", "integer"))


@dataclass(frozen=True)
class Rule:
    """What must be true of a row. `severity` says what happens to a row that breaks it: `reject`, `note` (it is kept, and reported) or
    `leave_out`. `sql` is an expression over the contract's columns (empty result: passes), or None for a list of codes."""

    name: str
    column: str | None
    severity: str
    says: str
    fix: str
    sql: str | None = None


def elements(census: str | None) -> tuple[str, ...]:
    """The elements of the census in a text that separates them with commas."""
    return tuple(element.strip() for element in (census or "").split(",") if element.strip())


@dataclass(frozen=True)
class Column:
    """A column of a contract. `codes` is empty if the column may contain any text.

    `title` is the name in plain words. `code_list` is the shared list that the codes come from. `groups` is what raw keeps of each code
    of a generalised column (empty for a date of birth). `census` has the elements of the census that the column answers, separated by
    commas. `classification` says what makes it sensitive. If rows are weighed by the column, `weight` says in one word what its numbers
    count, and a row weighs at most `weighs_at_most`. `read_when_rejected`: a rejected row still reports this number if its value can be
    read. `number_of` is the kind of thing or person that the column's numbers name. It is `identifier` if that is personal.
    """

    name: str
    logical_type: str
    physical_type: str
    required: bool
    key: bool
    privacy: str
    raw_name: str
    identifier: str | None
    codes: tuple[str, ...]
    codes_rule: Rule | None
    description: str
    title: str = ""
    code_list: str | None = None
    groups: tuple[tuple[str, str], ...] = ()
    census: str | None = None
    classification: str | None = None
    weight: str | None = None
    weighs_at_most: float | None = None
    read_when_rejected: bool = False
    number_of: str | None = None

    @property
    def in_raw(self) -> bool:
        """Whether raw has the column: as it is, as a pseudonym, or as a band or group."""
        return self.privacy in ("open", "pseudonymise", "generalise")

    @property
    def is_age(self) -> bool:
        """Whether it is a date of birth, of which raw has an age band."""
        return self.privacy == "generalise" and self.logical_type == "date"

    @property
    def labelled_codes(self) -> tuple[Code, ...]:
        """The codes with their labels and DfE's codes, in the contract's order."""
        if self.code_list is None:
            return tuple(plain_code(code) for code in self.codes)
        return tuple(code_lists()[self.code_list].code(code) for code in self.codes)

    @property
    def census_items(self) -> tuple[CensusItem, ...]:
        """The census's items that the column answers."""
        return tuple(census_items()[element] for element in elements(self.census))

    @property
    def left_out_unless_listed(self) -> bool:
        """Whether a row is left out, and nothing in it kept, if its value is not listed."""
        return self.codes_rule is not None and self.codes_rule.severity == "leave_out"


@dataclass(frozen=True)
class About:
    """A source's description for readers. `privacy_choice` says why its columns are kept as they are. `unverified` says what is still open."""

    name: str
    purpose: str
    usage: str
    limitations: str
    owner: str
    grain: str
    privacy_choice: str = ""
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """One version of a source's contract, with its columns in order. If rows are not linkable, nothing may show which rows came together.

    The version is in force for the periods from `from_month` (YYYY-MM; None: from the beginning) to `to_month` (None: until further
    notice). `why` says what made it necessary. `raw` has the columns that raw has from all versions.
    """

    source: str
    version: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    linkable: bool
    about: About
    from_month: str | None = None
    to_month: str | None = None
    why: str = ""
    raw: tuple[Column, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return {column.name: column for column in self.columns}[name]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def key(self, delivers: str) -> tuple[str, ...]:
        """The columns that make a row of a delivery unique. In a full history the effective date is one of them. May be empty."""
        key = tuple(column.name for column in self.columns if column.key)
        if key and delivers == "history" and HISTORY_COLUMN in self.column_names:
            return (*key, HISTORY_COLUMN)
        return key

    @property
    def has_pseudonyms(self) -> bool:
        return any(column.privacy == "pseudonymise" for column in self.columns)

    @property
    def has_identities(self) -> bool:
        """Whether the statutory return needs something from this source that raw does not have."""
        return any(column.privacy in ("identity", "generalise") for column in self.columns)


def rejected_keys(contract: Contract) -> list[Column]:
    """The columns that are also read from rejected rows, so that a rejected row does not count as absence. May be empty."""
    return [column for column in contract.columns if column.read_when_rejected]


def raw_columns(contract: Contract) -> list[tuple[str, str]]:
    """Names and SQL types of a source's raw table in order, the columns of every version of the contract.

    organisation_id and period come from the folder names.
    """
    columns: list[tuple[str, str]] = []
    for column in contract.raw or contract.columns:
        if column.in_raw:
            columns.append((column.raw_name, raw_type(column)))
        if column.is_age:
            columns.append((column.raw_name + BAND_SINCE, "varchar"))
    return columns + list(DELIVERY_COLUMNS)


def raw_type(column: Column) -> str:
    """The SQL type of a column in raw: a pseudonym and an age band are text, whatever they were made from."""
    return column.physical_type if column.privacy == "open" else "varchar"
