"""A file's months, each judged by the contract of its time. The file is read once, however many months it has."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import polars as pl

from contracts import Contract, contract
from foundation.configuration import Organisation
from ingestion.arriving.inbox_extracts import Extract
from ingestion.conforming.compiled_mapping import CompiledMapping, compile_mapping
from ingestion.conforming.month_judgement import Judged, judge, with_rows
from ingestion.mapping import Mapping
from ingestion.mapping.mapping_version import of_version
from ingestion.protecting.protect import protect
from ingestion.protecting.pseudonyms import Pseudonyms
from ingestion.reading.extract_months import month_end, period_of, read_months
from ingestion.reading.extract_table import Table
from ingestion.reading.prefetching import short_turns
from ingestion.refusal import FileRefused, Finding, refused_if_unforeseen

# Rows left out in this way are left out of every month, so they say nothing about the month.
NOTHING_SAID = ("blank", "below the table", "empty cell")


@dataclass(frozen=True)
class Month:
    """A month of a file (None: not known) with the judgement on its rows, or the reason why it cannot be used.

    `protected` has the accepted rows as raw keeps them, if they were protected as they came.
    """

    period: str | None
    promised: Contract | None = None
    judged: Judged | None = None
    protected: pl.DataFrame | None = None
    refused: tuple[Finding, ...] = ()

    @property
    def rows_hash(self) -> str | None:
        """The identity of the month's rows. None if they could not be read."""
        return self.judged.conformed.rows_hash if self.judged else None


class MonthsReader:
    """What stays the same for all files of a council's source: its mapping and the contract's versions."""

    def __init__(self, council: Organisation, mapping: Mapping, delivers: str, pseudonyms: Pseudonyms | None) -> None:
        self.council, self.mapping, self.delivers, self.pseudonyms = council, mapping, delivers, pseudonyms
        self.compiled: dict[str, tuple[Mapping, CompiledMapping]] = {}

    def months(self, extract: Extract, content: bytes) -> tuple[list[Month], tuple[Finding, ...]]:
        """The months of a file that have rows, earliest first, and the notes on the file as a whole.

        If no month has rows, the file is its last month. If the file cannot be read at all, it is the month in its name, refused.
        """
        if extract.refused:
            return [Month(extract.period, refused=extract.refused)], ()
        try:
            with refused_if_unforeseen():
                if not self.mapping.says_month:
                    return [self._named(extract, content)], ()
                return self._told(extract, content)
        except FileRefused as refused:
            return [Month(extract.period, refused=refused.findings)], ()

    def _named(self, extract: Extract, content: bytes) -> Month:
        period = period_of(extract, self.council.first_month, self.council.last_month)
        promised = contract(self.mapping.source, period)
        mapping, _ = self._compiled(promised)
        return self._judged(read_months(content, mapping, period).tables[period], promised, period)

    def _told(self, extract: Extract, content: bytes) -> tuple[list[Month], tuple[Finding, ...]]:
        read = read_months(content, self.mapping, None)
        months = [self._one_of_them(replace(extract, period=period), table, len(read.tables) > 1) for period, table in read.tables.items()]
        judged = [month.judged for month in months if month.judged]
        kept = with_rows(judged) if judged else ()
        empty = [judged_month for judged_month in judged if judged_month not in kept]
        there = [month for month in months if month.judged is None or month.judged in kept]
        return _with_left_out(there, empty), (*read.notes, *_empty_months(empty))

    def _one_of_them(self, extract: Extract, table: Table, several: bool) -> Month:
        """A month that a file gives. A reason to refuse it refuses no other month of the file."""
        period = str(extract.period)
        try:
            with refused_if_unforeseen():
                month = self._judged(table, contract(self.mapping.source, period), period, aside=several)
                try:
                    period_of(extract, self.council.first_month, self.council.last_month)
                except FileRefused as refused:
                    return replace(month, refused=refused.findings)
                return month
        except FileRefused as refused:
            return Month(period, refused=refused.findings)

    def _judged(self, table: Table, promised: Contract, period: str, aside: bool = False) -> Month:
        """The judgement on a month's rows.

        They are protected as they come, except rows that stand `aside` until it is known whether they are new.
        """
        mapping, compiled = self._compiled(promised)
        if aside:
            return Month(period, promised, judge(table, mapping, promised, compiled, period))
        protected: list[Future[pl.DataFrame]] = []
        with short_turns(), ThreadPoolExecutor(max_workers=1) as pool:

            def take(accepted: pl.DataFrame) -> None:
                protected.append(pool.submit(self.protect, accepted, promised, period))

            judged = judge(table, mapping, promised, compiled, period, take)
        return Month(period, promised, judged, pl.concat(future.result() for future in protected))

    def protect(self, accepted: pl.DataFrame, promised: Contract, period: str) -> pl.DataFrame:
        """A month's accepted rows as raw keeps them."""
        since = self.council.first_month if self.delivers == "history" else None
        return protect(accepted, promised, self.pseudonyms, month_end(period), self.council.same_number, since)

    def _compiled(self, promised: Contract) -> tuple[Mapping, CompiledMapping]:
        """The mapping as far as a version of the contract goes, and the compiled mapping. Made once per version."""
        if promised.version not in self.compiled:
            mapping = of_version(self.mapping, promised)
            self.compiled[promised.version] = mapping, compile_mapping(promised, mapping, self.delivers, self.council.same_number)
        return self.compiled[promised.version]


def _with_left_out(there: list[Month], empty: Sequence[Judged]) -> list[Month]:
    """The months. The last one also has the rows left out of months without rows, so that each row of the file is counted once."""
    at = max((at for at, month in enumerate(there) if month.judged), default=None)
    if at is None or not empty:
        return there
    judged = there[at].judged
    assert judged is not None
    left_out = dict(judged.conformed.left_out)
    for empty_month in empty:
        for why, count in empty_month.conformed.left_out.items():
            left_out[why] = left_out.get(why, 0) + count
    rows_read = judged.conformed.rows_read + sum(judged.conformed.rows_read for judged in empty)
    counted = replace(judged, conformed=replace(judged.conformed, rows_read=rows_read, left_out=left_out))
    return [replace(month, judged=counted) if place == at else month for place, month in enumerate(there)]


def _empty_months(empty: Sequence[Judged]) -> tuple[Finding, ...]:
    """A note on the months of a file in which every row is left out by rule."""
    told = [str(judged.period) for judged in empty if set(judged.conformed.left_out) - set(NOTHING_SAID)]
    if not told:
        return ()
    says = f"every row of {', '.join(told)} is left out by rule, so the file delivers nothing for {'that month' if len(told) == 1 else 'those months'}"
    return (Finding("month_without_rows", says),)
