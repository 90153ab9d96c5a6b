"""What a mapping makes of an extract, without writing anything, to try a mapping before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from contracts import Contract, contract, every_version
from foundation.configuration import DELIVERS, ConfigurationError
from foundation.configuration_yaml import read_yaml
from foundation.ledger import MOST_REJECTED_SHARE
from ingestion.arriving.inbox_extracts import period_in_name
from ingestion.conforming.compiled_mapping import compile_mapping
from ingestion.conforming.month_judgement import Judged, judge, with_rows
from ingestion.mapping import Mapping, read_mapping
from ingestion.mapping.file_formats import TEXT_FORMATS
from ingestion.mapping.mapping_checks import not_said
from ingestion.mapping.mapping_file import source_of
from ingestion.mapping.mapping_version import of_version
from ingestion.reading.extract_months import read_months
from ingestion.reading.extract_table import Table
from ingestion.reading.size_limits import check_file
from ingestion.refusal import FileRefused, Finding, refused_if_unforeseen

SHOWN_ROWS = 20


@dataclass(frozen=True)
class Check:
    """A mapping, checked against its contract, and what it makes of an extract.

    `months` has the judgement on each month's rows. `refused` says why nothing can be used.
    """

    mapping: Mapping
    contract: Contract
    delivers: str
    file: str | None
    months: tuple[Judged, ...] = ()
    refused: tuple[Finding, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether the extract would land, and no check that needs no other month would hold it."""
        return self.lands and not any(_too_much_is_rejected(judged) for judged in self.months)

    @property
    def lands(self) -> bool:
        """Whether the extract would land."""
        return not self.refused and not any(judged.held for judged in self.months)

    def lines(self) -> Iterator[str]:
        """The result in words: row numbers and columns, never a value."""
        said = [column for column in self.contract.columns if column not in not_said(self.mapping, self.contract)]
        yield f"{self.mapping.path}: fits the contract {self.contract.source} {self.contract.version}, delivers {self.delivers}"
        yield f"  says {len(said)} of {len(self.contract.columns)} columns"
        if silent := [column.name for column in not_said(self.mapping, self.contract)]:
            yield f"  cannot say, so empty in every row: {', '.join(silent)}"
        for finding in self.refused:
            yield f"held: {self.file}: {finding.says}"
        for judged in self.months:
            yield from self._month_lines(judged)
        if self.file:
            outcome = (
                "the file would land"
                if self.usable
                else "the file would land, and then be held by its first check"
                if self.lands
                else "the file would be held"
            )
            yield f"nothing was written; {outcome}"

    def _month_lines(self, judged: Judged) -> Iterator[str]:
        conformed = judged.conformed
        left_out = conformed.rows_left_out
        sheet = f", {judged.sheet}" if judged.sheet else ""
        header = f", header in row {judged.header_row}" if judged.header_row else ""
        yield f"{self.file}{sheet}{header}: {judged.period or 'no month'}"
        counts = f"{conformed.accepted.height:,} accepted + {conformed.rows_rejected:,} rejected + {left_out:,} left out"
        yield f"  {conformed.rows_read:,} rows read = {counts}"
        for why, count in conformed.left_out.items():
            yield f"  left out: {why}: {count:,}"
        for rule, column, count, row, shape in conformed.counts():
            yield f"  rejected: {rule}{f' ({column})' if column else ''}: {count:,}, the first is row {row}{shape and ': '}{shape}"
        for row, message in conformed.rejected.select("source_row", "message").head(SHOWN_ROWS).iter_rows():
            yield f"    row {row}: {message}"
        if conformed.rejected.height > SHOWN_ROWS:
            yield f"    and {conformed.rejected.height - SHOWN_ROWS:,} more"
        for finding in judged.held:
            yield f"  held: {finding.says}"
        if not judged.held and (too_much := _too_much_is_rejected(judged)):
            yield f"  held: {too_much}"
        for finding in (*judged.notes, *judged.row_notes):
            yield f"  note: {finding.says}"


def _too_much_is_rejected(judged: Judged) -> str | None:
    """Why rule 002 of each source would hold a month, with the project's limit. None if it would not."""
    conformed = judged.conformed
    shares = {"rows": conformed.rejected_share} | {weight.word: weight.share for weight in conformed.rejected_weights}
    much = [f"{share:.0%} of the {word}" for word, share in shares.items() if share > MOST_REJECTED_SHARE]
    if not much:
        return None
    return f"the first check (rule 002) holds it: the rejected rows are {' and '.join(much)}, expected at most {MOST_REJECTED_SHARE:.0%}"


def check(mapping_path: Path, extract: Path | None = None, delivers: str | None = None) -> Check:
    """What a mapping makes of an extract (None: only whether the mapping fits its contract). Writes nothing.

    `delivers` is snapshot, history or events. Without it, organisation.yaml beside the mapping decides, or else it is snapshot.
    Raises ConfigurationError if the mapping cannot be used, with a line for each key that is wrong.
    """
    source = source_of(mapping_path)
    mapping = read_mapping(mapping_path, every_version(source))
    delivered = delivers or _delivers(mapping_path, source)
    if extract is None:
        return Check(mapping, every_version(source), delivered, None)
    try:
        if not extract.is_file():
            raise ConfigurationError(f"{extract}: there is no such file")
        check_file(extract, mapping.format in TEXT_FORMATS)
        match = mapping.pattern.fullmatch(extract.name)
        named = period_in_name(match, mapping.month) if match else None
        refused = () if match else (_unnamed(mapping),)
        content = extract.read_bytes()
        first = of_version(mapping, contract(source, named))
        with refused_if_unforeseen():
            tables = read_months(content, first, named).tables
        judged = with_rows([_judged(table, mapping, month, delivered) for month, table in tables.items()])
        return Check(mapping, contract(source, judged[0].period), delivered, extract.name, judged, refused)
    except FileRefused as error:
        return Check(mapping, contract(source), delivered, extract.name, (), error.findings)


def _judged(table: Table, mapping: Mapping, period: str | None, delivers: str) -> Judged:
    promised = contract(mapping.source, period)
    cut = of_version(mapping, promised)
    with refused_if_unforeseen():
        return judge(table, cut, promised, compile_mapping(promised, cut, delivers), period)


def _unnamed(mapping: Mapping) -> Finding:
    says = f"`file.pattern` does not fit this name, so that it would not be taken from the inbox. It expects {mapping.pattern.pattern}"
    return Finding("unknown_file", says)


def _delivers(mapping_path: Path, source: str) -> str:
    path = mapping_path.resolve().parent.parent / "organisation.yaml"
    try:
        written = read_yaml(path)
        delivers = written["sources"][source]["delivers"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        return DELIVERS[0]
    return str(delivers)
