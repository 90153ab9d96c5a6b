"""Total rows in an extract, used to check the other rows."""

from __future__ import annotations

import math

import polars as pl

from ingestion.conforming.compiled_mapping import TOTAL_ROW, CompiledMapping
from ingestion.conforming.rejection_reasons import TEXT
from ingestion.reading.text_values import floats, number_of
from ingestion.refusal import Finding

TOTAL_WORDS = r"(?i)^((grand|overall|sub|report)[ -]?)?totals?\b|^(?i)(sum|count)\b"


class TotalRows:
    """The numbers of a table's rows, and which of them are totals, collected in portions. Empty if the mapping names no totals."""

    def __init__(self, compiled: CompiledMapping) -> None:
        self.compiled = compiled
        self.gathered: list[pl.DataFrame] = []
        self._unnamed: list[tuple[int, str]] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Add the next rows, total rows included."""
        if TOTAL_ROW in self.compiled.left_out:
            texts = rows.select("source_row", *self.compiled.texts)
            numbers = [TEXT + name for name in self.compiled.numbers]
            self.gathered.append(texts.select("source_row", *numbers, self.compiled.left_out[TOTAL_ROW].alias(TOTAL_ROW)))

    def unnamed(self, rejected: pl.DataFrame) -> pl.Series:
        """Which of the rejected rows (by their texts) say that they are totals, although the mapping names no totals.

        Such a row lacks at least half of what every row needs, so that a person whose team is called Total does not count as a
        total.
        """
        is_total = pl.repeat(False, rejected.height, eager=True)
        if not self.compiled.required:
            return is_total
        lacking = rejected.select(
            pl.sum_horizontal(pl.col(TEXT + column).is_null().cast(pl.Int32) for column in self.compiled.required)
        ).to_series()
        for name, header in self.compiled.free.items():
            says = rejected[TEXT + name].str.contains(TOTAL_WORDS).fill_null(False) & (lacking * 2 >= len(self.compiled.required))
            self._unnamed += [(int(row), header) for row in rejected["source_row"].filter(says & ~is_total)]
            is_total |= says
        return is_total

    def left_out(self) -> list[Finding]:
        """A note for each column that marks totals of which the mapping says nothing: they were left out."""
        findings = []
        for header in dict.fromkeys(header for _, header in self._unnamed):
            rows = [row for row, mine in self._unnamed if mine == header]
            says = f"rows that '{header}' calls totals, and that lack what a row needs, were left out: {len(rows):,}, the first is row {rows[0]}"
            advice = f"Say so in the mapping: `file.totals: {{column: {header}, equals: ...}}`, with what stands there"
            findings.append(Finding("total_unnamed", f"{says}. {advice}", rows[0], header))
        return findings

    def disagreeing(self) -> list[Finding]:
        """A note for each total that is neither the sum of all rows above it nor of those since the total before it.

        Sums are of every row, including rows that will be rejected.
        """
        findings: list[Finding] = []
        rows = pl.concat(self.gathered) if self.gathered else pl.DataFrame({TOTAL_ROW: pl.Series(dtype=pl.Boolean)})
        is_total = rows[TOTAL_ROW]
        places = is_total.arg_true().to_list()
        for name, header in self.compiled.numbers.items() if places else ():
            texts = rows[TEXT + name]
            numbers = floats(texts)
            for nth, place in enumerate(places):
                said = numbers[place]
                if said is None or not _is_number(texts[place]):
                    continue
                above = numbers[:place].filter(~is_total[:place])
                since = numbers[places[nth - 1] + 1 : place] if nth else above
                near = _tolerance(texts[place], texts[:place].filter(~is_total[:place]))
                sums = [above.sum() or 0.0, since.sum() or 0.0]
                if all(abs(said - sum_of_column) > near for sum_of_column in sums):
                    row = int(rows["source_row"][place])
                    says = f"the total of '{header}' in row {row} does not agree with the rows above it"
                    advice = "Ask whether rows are missing from the extract, or rows of the total are not to be in it"
                    findings.append(Finding("total_disagrees", f"{says}. {advice}", row, header))
        return findings


def _is_number(text: str | None) -> bool:
    return text is not None and number_of(text) is not None


def _tolerance(total: str, rows: pl.Series) -> float:
    """How far a total may differ because it, or the rows, were rounded when they were written."""
    rounded = rows.str.extract(r"\.(\d+)").str.len_chars().max()
    of_rows = 10.0 ** -int(rounded) * math.sqrt(rows.len()) if isinstance(rounded, int) and rounded else 0.0
    decimals = total.partition(".")[2].strip("%) -")
    of_total = 0.5 * 10.0 ** -len(decimals) if decimals or of_rows else 0.0
    return of_rows + of_total + 1e-6
