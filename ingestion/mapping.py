"""How one council's system fits a contract, read from `mappings/<source>.yaml` and checked before any extract is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from ingestion.contract import Column, Contract
from warehouse.configuration import ConfigurationError

FORMATS = ("csv", "xlsx")
ENCODINGS = {"utf-8": "utf-8-sig", "utf-8-sig": "utf-8-sig", "cp1252": "cp1252", "windows-1252": "cp1252"}
TRUTHS = ("true", "false")
KEYS = ("source", "file", "columns", "constants", "dates", "missing", "codes", "yes", "no", "ignore")
FILE_KEYS = ("pattern", "format", "encoding", "delimiter", "sheet", "header", "as_at", "totals", "may_be_empty")


@dataclass(frozen=True)
class Mapping:
    """A council's mapping of one source. Every value is the text that stands in the file.

    `columns` has the contract column and its header. `as_at_column` and `as_at_title` say where the extract gives the month
    that it was made for; `totals` is the header and the text of rows that add others up.
    """

    path: Path
    source: str
    pattern: re.Pattern[str]
    format: str
    columns: dict[str, str]
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    sheet: str | None = None
    may_be_empty: bool = False
    as_at_column: str | None = None
    as_at_title: re.Pattern[str] | None = None
    totals: tuple[str, str] | None = None
    constants: dict[str, str] = field(default_factory=dict)
    dates: str | None = None
    missing: tuple[str, ...] = ("",)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that the file must have, each once."""
        extra = [self.as_at_column, self.totals[0] if self.totals else None]
        return tuple(dict.fromkeys([*self.columns.values(), *(one for one in extra if one)]))

    def columns_of(self, header: str) -> list[str]:
        """The contract columns that a header feeds."""
        return [name for name, mapped in self.columns.items() if mapped == header]


def tidy(text: str) -> str:
    """A header as it is compared: without blanks around it, runs of blanks and line breaks as one blank."""
    return " ".join(text.split())


def read_mapping(path: Path, contract: Contract) -> Mapping:
    """The mapping in a file, checked against its contract. Raises ConfigurationError naming the file and the key."""
    return _Check(path, contract).mapping()


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


class _Check:
    """Turns the written mapping into a Mapping, or says what is wrong with which key."""

    def __init__(self, path: Path, contract: Contract) -> None:
        self.path = path
        self.contract = contract
        self.written = self._load()

    def mapping(self) -> Mapping:
        self._known_keys("", self.written, KEYS)
        if self.written.get("source") != self.contract.source:
            self._wrong("source", f"must be {self.contract.source}")
        file = self._table("file")
        self._known_keys("file.", file, FILE_KEYS)
        columns = {name: tidy(self._text(f"columns.{name}", header)) for name, header in self._table("columns").items()}
        as_at = self._table("file.as_at", file.get("as_at"))
        self._known_keys("file.as_at.", as_at, ("column", "title"))
        totals = self._table("file.totals", file.get("totals"))
        mapping = Mapping(
            path=self.path,
            source=self.contract.source,
            pattern=self._pattern(file),
            format=self._one_of("file.format", file.get("format"), FORMATS),
            encoding=ENCODINGS[self._one_of("file.encoding", file.get("encoding", "utf-8"), tuple(ENCODINGS))],
            delimiter={"\\t": "\t", "tab": "\t"}.get(file.get("delimiter", ","), file.get("delimiter", ",")),
            sheet=file.get("sheet"),
            may_be_empty=self._one_of("file.may_be_empty", file.get("may_be_empty", "false"), TRUTHS) == "true",
            as_at_column=tidy(as_at["column"]) if "column" in as_at else None,
            as_at_title=self._expression("file.as_at.title", as_at["title"], ("date",)) if "title" in as_at else None,
            totals=self._totals(totals) if totals else None,
            columns=columns,
            constants={name: self._text(f"constants.{name}", value) for name, value in self._table("constants").items()},
            dates=self._text("dates", self.written["dates"]) if self.written.get("dates") else None,
            missing=("", *(one.strip() for one in self._list("missing"))),
            codes={name: self._codes(name, listed) for name, listed in self._table("codes").items()},
            yes=self._list("yes"),
            no=self._list("no"),
            ignore=tuple(tidy(one) for one in self._list("ignore")),
        )
        self._fits_format(mapping, file)
        self._fits_contract(mapping)
        return mapping

    def _fits_format(self, mapping: Mapping, file: dict[str, Any]) -> None:
        unfit = ("sheet",) if mapping.format == "csv" else ("encoding", "delimiter")
        for key in unfit:
            if key in file:
                self._wrong(f"file.{key}", f"means nothing for {mapping.format}; leave it out")
        if len(mapping.delimiter) != 1:
            self._wrong("file.delimiter", "must be one character (or tab)")
        if file.get("header", "find") != "find":
            self._wrong("file.header", "must be find")
        both = sorted(set(mapping.headers) & set(mapping.ignore))
        if both:
            self._wrong("ignore", f"names a header that is mapped: {', '.join(both)}")

    def _fits_contract(self, mapping: Mapping) -> None:
        contract = self.contract
        for key, named in (("columns", mapping.columns), ("constants", mapping.constants), ("codes", mapping.codes)):
            for name in named:
                if name not in contract.column_names:
                    self._wrong(f"{key}.{name}", f"is no column of {contract.source}; it has {', '.join(contract.column_names)}")
        for name in mapping.constants:
            if name in mapping.columns:
                self._wrong(f"constants.{name}", "is mapped in `columns` as well; leave one out")
        for column in contract.columns:
            if column.required and column.name not in mapping.columns and column.name not in mapping.constants:
                self._wrong(f"columns.{column.name}", f"is missing; {contract.source} needs it: {column.description}")
        for name in mapping.columns:
            self._fits_column(mapping, contract.column(name))
        for name, value in mapping.constants.items():
            codes = contract.column(name).codes
            if codes and value not in codes:
                self._wrong(f"constants.{name}", f"is '{value}'; it must be one of {', '.join(codes)}")
        for name, listed in mapping.codes.items():
            column = contract.column(name)
            if name not in mapping.columns:
                self._wrong(f"codes.{name}", "is not mapped in `columns`, so its codes are never used")
            allowed = TRUTHS if column.logical_type == "boolean" else column.codes
            for value, code in listed.items():
                if allowed and code not in allowed:
                    self._wrong(f"codes.{name}.{value}", f"is '{code}'; it must be one of {', '.join(allowed)}")

    def _fits_column(self, mapping: Mapping, column: Column) -> None:
        if column.privacy == "drop":
            return
        if column.logical_type == "date" and mapping.format == "csv" and not mapping.dates:
            self._wrong("dates", f'is missing; {column.name} is a date. Say how dates are written, for example "%d/%m/%Y"')
        spelled = mapping.format == "xlsx" or column.name in mapping.codes or (mapping.yes and mapping.no)
        if column.logical_type == "boolean" and not spelled:
            self._wrong("yes", f"and `no` are needed; {column.name} is yes or no. Say how they are written")
        if column.logical_type == "date" and column.name in mapping.codes:
            self._wrong(f"codes.{column.name}", "is a date and cannot have codes")

    def _pattern(self, file: dict[str, Any]) -> re.Pattern[str]:
        pattern = self._expression("file.pattern", file.get("pattern"), ())
        groups = set(pattern.groupindex)
        if not ("period" in groups or {"year", "month"} <= groups):
            self._wrong("file.pattern", "needs the group (?P<period>...), or the groups (?P<year>...) and (?P<month>...)")
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

    def _totals(self, written: dict[str, Any]) -> tuple[str, str]:
        self._known_keys("file.totals.", written, ("column", "equals"))
        column, equals = (self._text(f"file.totals.{key}", written.get(key)) for key in ("column", "equals"))
        return tidy(column), equals.strip()

    def _codes(self, name: str, listed: object) -> dict[str, str]:
        codes = self._table(f"codes.{name}", listed)
        if not codes:
            self._wrong(f"codes.{name}", "lists no code")
        return {value.strip(): self._text(f"codes.{name}.{value}", code) for value, code in codes.items()}

    def _one_of(self, key: str, value: object, allowed: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value.lower() not in allowed:
            self._wrong(key, f"must be one of {', '.join(allowed)}")
        return value.lower()

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            self._wrong(key, "must be a text")
        return value

    def _list(self, key: str) -> tuple[str, ...]:
        value = self.written.get(key) or []
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

    def _load(self) -> dict[str, Any]:
        try:
            written = yaml.load(self.path.read_text(encoding="utf-8"), Loader=_TextLoader)
        except FileNotFoundError:
            raise ConfigurationError(
                f"{self.path}: there is no such mapping. Write it, or take the source out of organisation.yaml"
            ) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{self.path}: not readable as YAML: {error}") from None
        if not isinstance(written, dict):
            raise ConfigurationError(f"{self.path}: must hold keys and values: {', '.join(KEYS)}")
        return written
