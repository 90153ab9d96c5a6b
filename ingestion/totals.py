"""Totals that an extract has among its rows, as a control of the rows."""

from __future__ import annotations

import math

import polars as pl

from ingestion.fit import TOTAL_ROW, Fit
from ingestion.reasons import TEXT
from ingestion.refusal import Finding
from ingestion.values import floats, number_of


class TotalRows:
    """The numbers of a table's rows, and which of them are totals, gathered some rows at a time; nothing where no row is a total by rule."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.gathered: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Take the next rows, total rows among them."""
        if TOTAL_ROW in self.fit.left_out:
            texts = rows.select("source_row", *self.fit.texts)
            numbers = [TEXT + name for name in self.fit.numbers]
            self.gathered.append(texts.select("source_row", *numbers, self.fit.left_out[TOTAL_ROW].alias(TOTAL_ROW)))

    def disagreeing(self) -> list[Finding]:
        """A note for each total that is neither the sum of the rows above it nor of those since the total before it.

        Sums are of every row, also of those that will be rejected.
        """
        findings: list[Finding] = []
        rows = pl.concat(self.gathered) if self.gathered else pl.DataFrame({TOTAL_ROW: pl.Series(dtype=pl.Boolean)})
        is_total = rows[TOTAL_ROW]
        places = is_total.arg_true().to_list()
        for name, header in self.fit.numbers.items() if places else ():
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
                if all(abs(said - one) > near for one in sums):
                    row = int(rows["source_row"][place])
                    says = f"the total of '{header}' in row {row} does not agree with the rows: it says {said:,.10g}, the rows give"
                    advice = "Ask whether rows are missing from the extract, or rows of the total are not to be in it"
                    findings.append(Finding("total_disagrees", f"{says} {sums[0]:,.10g}. {advice}", row, header))
        return findings


def _is_number(text: str | None) -> bool:
    return text is not None and number_of(text) is not None


def _tolerance(total: str, rows: pl.Series) -> float:
    """How far a total may lie off because it, or the rows, were rounded when they were written."""
    rounded = rows.str.extract(r"\.(\d+)").str.len_chars().max()
    of_rows = 10.0 ** -int(rounded) * math.sqrt(rows.len()) if isinstance(rounded, int) and rounded else 0.0
    decimals = total.partition(".")[2].strip("%) -")
    of_total = 0.5 * 10.0 ** -len(decimals) if decimals or of_rows else 0.0
    return of_rows + of_total + 1e-6
