"""From rows of texts to a contract's columns. Each different text of a column is read once, however often it occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ingestion.conforming.compiled_mapping import CompiledMapping
from ingestion.conforming.rows_hash import Hashes, text_hashes, under_column
from ingestion.reading.extract_table import SHEET
from ingestion.refusal import Finding

ROW_COLUMNS = ("source_row", SHEET)
FLAGS = LEFT_OUT, BROKEN, FORMULA = "left out: ", "broken: ", "formula: "
# Texts that a spreadsheet would take for a formula.
LIKE_A_FORMULA = r"^\s*(=|@|[-+][A-Za-z(])"
# The hash of a row's texts, see ingestion/conforming/rows_hash.py.
ROW_HASH = "hash of the row"
# If nearly all of so many texts from anywhere in the rows differ, looking for equal ones costs more than reading each.
SAMPLE = 1_000
MOST_DIFFERENT = 0.98


@dataclass(frozen=True)
class _Header:
    """What is made from the texts under one header, and from nothing else. So the same text always gives the same result."""

    name: str
    texts: list[pl.Expr]
    typed: list[pl.Expr]
    flags: list[pl.Expr]

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """The columns made from the texts, and the flags that they set."""
        typed = texts.to_frame(self.name).with_columns(self.texts).with_columns(self.typed)
        return typed.select(*(expression.meta.output_name() for expression in self.typed), *self.flags)


class ByHeader:
    """A compiled mapping's expressions, grouped by the one header on whose texts they depend. Made once for all rows."""

    def __init__(self, compiled: CompiledMapping) -> None:
        header_of = {text.meta.output_name(): text.meta.root_names()[0] for text in compiled.texts}
        header_of |= {
            expression.meta.output_name(): header_of[root] for expression in compiled.typed for root in expression.meta.root_names()
        }

        def header(made: pl.Expr) -> str | None:
            """The one header that an expression depends on. None if there are several, or none."""
            headers = {header_of.get(root) for root in made.meta.root_names()}
            return headers.pop() if len(headers) == 1 else None

        broken = [reason.broken.fill_null(False) for reason in compiled.reasons]
        self.across = [condition for condition in broken if header(condition) is None]
        self.same = [expression for expression in compiled.typed if header(expression) is None]
        self.hashed = compiled.hashed
        self.headers = []
        self._formulas: dict[str, tuple[int, int]] = {}
        for name in dict.fromkeys(header_of.values()):
            flags = [condition.alias(LEFT_OUT + why) for why, condition in compiled.left_out.items() if header(condition) == name]
            flags += [condition.alias(f"{BROKEN}{name} {at}") for at, condition in enumerate(broken) if header(condition) == name]
            if name in compiled.free.values():
                flags.append(pl.col(name).str.contains(LIKE_A_FORMULA).fill_null(False).alias(FORMULA + name))
            texts = [text for text in compiled.texts if header_of[text.meta.output_name()] == name]
            self.headers.append(_Header(name, texts, [expression for expression in compiled.typed if header(expression) == name], flags))

    def read(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The contract's columns for rows of texts, after the columns that say where the rows come from.

        For each way to leave a row out, a column says whether it is left out (`LEFT_OUT` and its name). `BROKEN` says whether
        anything is wrong with the row, and `ROW_HASH` is the hash of its texts.
        """
        sample = rows.sample(min(SAMPLE, rows.height), seed=0)
        repeating = [header.name for header in self.headers if sample[header.name].n_unique() <= sample.height * MOST_DIFFERENT]
        different = rows.select(pl.col(name).drop_nulls().unique().implode() for name in repeating)
        texts = {name: different[name].explode().drop_nulls() for name in repeating}
        # The place of each row's text among the different ones. The place of an empty text is after the last.
        places = rows.select(
            pl.col(name).cast(pl.Enum(text)).to_physical().cast(pl.UInt32).fill_null(text.len()) for name, text in texts.items()
        )
        made: list[pl.Expr] = []
        for header in self.headers:
            repeats = header.name in texts
            for values in header.read(texts[header.name].extend_constant(None, 1) if repeats else rows[header.name]):
                if values.name.startswith(FORMULA) and not values.any():
                    continue
                if values.name.startswith(FLAGS) and not values.any():
                    made.append(pl.lit(False).alias(values.name))
                elif repeats:
                    made.append(pl.lit(values).gather(pl.lit(places[header.name])).alias(values.name))
                else:
                    made.append(pl.lit(values))
        read = rows.select(*(row_column for row_column in ROW_COLUMNS if row_column in rows.columns), *made).with_columns(self.same)
        read = read.with_columns(pl.Series(ROW_HASH, self._hashes(rows, texts, places)))
        broken = [name for name in read.columns if name.startswith(BROKEN)]
        self._count_formulas(read)
        return read.with_columns(pl.any_horizontal(pl.lit(False), *broken, *self.across).alias(BROKEN))

    def _hashes(self, rows: pl.DataFrame, texts: dict[str, pl.Series], places: pl.DataFrame) -> Hashes:
        """The hash of each row's texts. If texts repeat, each different one is hashed once."""
        of_rows = np.zeros(rows.height, np.uint64)
        for header, columns in self.hashed.items():
            repeats = header in texts
            hashes = text_hashes(texts[header].extend_constant(None, 1) if repeats else rows[header])
            for column in columns:
                mine = under_column(hashes, column)
                of_rows += mine[places[header].to_numpy()] if repeats else mine
        return of_rows

    def formulas(self) -> list[Finding]:
        """A note for each column with texts that look like formulas. They are kept as texts, and nothing ever evaluates them."""
        findings = []
        for header, (count, row) in self._formulas.items():
            says = f"'{header}' holds texts that a spreadsheet would take for formulas: {count}, the first in row {row}"
            findings.append(Finding("formula_text", f"{says}. They are kept as texts and never evaluated", row, header))
        return findings

    def _count_formulas(self, read: pl.DataFrame) -> None:
        for name in (column for column in read.columns if column.startswith(FORMULA)):
            count, row = self._formulas.get(name.removeprefix(FORMULA), (0, int(read["source_row"].filter(read[name])[0])))
            self._formulas[name.removeprefix(FORMULA)] = count + int(read[name].sum()), row
