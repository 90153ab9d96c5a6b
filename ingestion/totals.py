"""What the rows are worth knowing for beside their values: totals that do not agree with them, and texts that are formulas."""

from __future__ import annotations

import math

import polars as pl

from ingestion.fit import TOTAL_ROW, Fit
from ingestion.reasons import TEXT
from ingestion.refusal import Finding
from ingestion.values import floats, number_of

# Texts that a spreadsheet would take for a formula.
FORMULA = r"^\s*(=|@|[-+][A-Za-z(])"


def disagreeing_totals(rows: pl.DataFrame, fit: Fit) -> list[Finding]:
    """A note for each total that is neither the sum of the rows above it nor of those since the total before it.

    `rows` is a table's, total rows among them. Sums are of every row, also of those that will be rejected.
    """
    if TOTAL_ROW not in fit.left_out or rows.is_empty():
        return []
    rows = rows.select("source_row", *fit.texts)
    is_total = rows.select(fit.left_out[TOTAL_ROW]).to_series()
    places = is_total.arg_true().to_list()
    findings = []
    for name, header in fit.numbers.items() if places else ():
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


def formulas(rows: pl.DataFrame, fit: Fit) -> list[Finding]:
    """A note for each column in which texts look like formulas: they are kept as texts, and nothing ever evaluates them."""
    findings = []
    headers = list(dict.fromkeys(fit.free.values()))
    seen = rows.lazy().select(pl.col(one).str.contains(FORMULA).any() for one in headers).collect().row(0) if headers else ()
    for header in (one for one, any_of_it in zip(headers, seen, strict=True) if any_of_it):
        found = rows["source_row"].filter(rows[header].str.contains(FORMULA).fill_null(False))
        if found.len():
            says = f"'{header}' holds texts that a spreadsheet would take for formulas: {found.len()}, the first in row"
            row = int(found[0])
            findings.append(Finding("formula_text", f"{says} {row}. They are kept as texts and never evaluated", row, header))
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
