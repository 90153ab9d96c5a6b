"""A sheet of a workbook (XLSX, XLS, ODS) to texts: real dates as ISO dates, numbers as Excel shows them in full, ids as they were typed."""

from __future__ import annotations

from collections.abc import Iterator

import fastexcel
import polars as pl

from ingestion.reading.sheet import HEAD_ROWS, Body, Sheet, body_of
from ingestion.refusal import refuse

# What Excel shows for a formula that failed, by the reader's name for it.
CELL_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}


def open_book(content: bytes, sheet: str | None) -> list[Sheet]:
    """The named sheet, or every sheet that has rows. Raises FileRefused where there is none such or the workbook cannot be read."""
    try:
        workbook = fastexcel.read_excel(content)
        names = workbook.sheet_names if sheet is None else [_sheet_name(workbook.sheet_names, sheet)]
        sheets = [_sheet(workbook, name) for name in names]
    # The reader's native code may panic on a damaged file, which is no Exception.
    except BaseException as error:
        if not isinstance(error, fastexcel.FastExcelError) and type(error).__name__ != "PanicException":
            raise
        says = "the workbook cannot be read; it may be damaged or have a password"
        raise refuse("unreadable_file", f"{says}. Open it in Excel, save it as 'Excel Workbook (.xlsx)' and send it again") from None
    return sheets


def _sheet(workbook: fastexcel.ExcelReader, name: str) -> Sheet:
    # Without skip_rows the reader drops blank rows at the top, and the row numbers would not be Excel's.
    loaded = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    cells, errors = loaded.to_arrow_with_errors()
    rows = pl.DataFrame(cells)
    rows.columns = [str(at) for at in range(rows.width)]
    rows = _with_errors(rows, errors.errors if errors else [])
    # A real date without a time of day comes as midnight.
    rows = rows.with_columns(pl.all().str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1"))
    head = [[text or "" for text in row] for row in rows.head(HEAD_ROWS).iter_rows()]

    def below(place: int, _width: int) -> Iterator[Body]:
        yield body_of(rows.with_row_index("source_row", 1).slice(place + 1).with_columns(pl.col("source_row").cast(pl.Int32)))

    return Sheet(name, head, below)


def _sheet_name(names: list[str], asked: str) -> str:
    for name in names:
        if name.strip() == asked.strip():
            return name
    listed = ", ".join(f"'{one}'" for one in names)
    raise refuse("missing_sheet", f"expected the sheet '{asked}', found {listed}. Rename the sheet, or mend `file.sheet` in the mapping")


def _with_errors(rows: pl.DataFrame, errors: list[fastexcel.CellError]) -> pl.DataFrame:
    """Put what Excel shows into cells whose formula failed: as empty cells they would be lost silently."""
    failed: dict[int, dict[int, str]] = {}
    for error in errors:
        row, at = error.offset_position
        name = error.detail.partition("Error(")[2].partition(")")[0]
        failed.setdefault(at, {})[row] = CELL_ERRORS.get(name, "#ERROR!")
    return rows.with_columns(rows[str(at)].scatter(list(texts), list(texts.values())) for at, texts in failed.items())
