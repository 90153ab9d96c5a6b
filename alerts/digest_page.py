"""A digest as a page that is also the mail, and the restricted workbook that names its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import polars as pl
import xlsxwriter

from alerts.alert_settings import PICK_UP_IN_WORDS
from alerts.alert_wording import SEVERITIES, month, months, source_name
from alerts.digest import ACCEPTED, FIXED, LET_GO, ROWS, UNCHECKED, Digest, Line
from alerts.open_items import Item
from expectations.engine.check_results import failing_rows, rejected_rows
from expectations.missing_files import MISSING
from foundation import ledger
from foundation.for_excel import OPTIONS, text_format, write_row
from foundation.storage import Storage, private
from reporting.figure_wording import capitalised, day

TEMPLATES = Path(__file__).resolve().parent / "templates"
H2 = "margin: 28px 0 8px; font-size: 20px; line-height: 1.25;"
CELL = "text-align: left; vertical-align: top; padding: 8px 12px 8px 0; border-bottom: 1px solid #b1b4b6;"
WORKBOOK = "to_correct.xlsx"
# Reasons for refusing a whole file because of its rows.
REFUSED_FOR_ROWS = ("new_code", "column_changed", "all_rows_rejected")
TITLES = ("Rule", "Month", "What is wrong", "Where to correct it", "File", "Sheet", "Row", "Pseudonym, post or team", "Reason or remark")


def page(digest: Digest, workbook: str | None) -> str:
    """The digest as HTML: what to do, what is held, what was found, which rows, how to accept."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(month=month, became=became, amount=amount)
    return environment.get_template("digest.html.j2").render(
        digest=digest,
        source=capitalised(source_name(digest.source)),
        pick_up=f"{digest.pick_up:%A %-d %B %Y at %H:%M}",
        hours=PICK_UP_IN_WORDS,
        missing=months(line.item.period for line in digest.open if line.item.severity == MISSING),
        to_mend=any(line.item.severity != MISSING for line in digest.to_mend),
        again=months(digest.months),
        unchecked=any(line.state == UNCHECKED for line in digest.lines),
        workbook=workbook,
        h2=H2,
        cell=CELL,
    )


def became(line: Line) -> str:
    """What kind of item a line has, or what became of it."""
    if line.state == ACCEPTED:
        return f"Accepted until {day(line.until)}" if line.until else "Accepted"
    return {FIXED: "Fixed", UNCHECKED: "Not checked this time", LET_GO: "No longer followed"}.get(
        line.state, SEVERITIES[line.item.severity]
    )


def amount(item: Item) -> str:
    """How many rows an item has, or how many of something else. Empty if it is a file."""
    return "" if not item.rows else f"{item.rows:,}" if item.counts == ROWS else f"{item.rows:,} {item.counts}"


def write_workbook(digest: Digest, store: Storage) -> Path | None:
    """Write the restricted workbook of the rows that fail. None if no row fails.

    It names rows by file, sheet, row number and pseudonym, post or team. For rejected rows it also gives column and reason, and the value if
    the column is open. Somebody must see the value to correct it, and this is the only place. Somebody who is missing from the file is named
    by the row of the previous file.
    """
    failing = {(line.item.code, line.item.period): line.item for line in digest.open}
    rows = _of_refused_files(digest, store) + [
        (failing[key], failing_row)
        for failing_row in failing_rows(digest.organisation_id, digest.source, store)
        if (key := (failing_row["rule_id"], failing_row["period"])) in failing
    ]
    folder = private(store.rejected(digest.organisation_id, digest.source))
    path = folder / WORKBOOK
    if not rows:
        path.unlink(missing_ok=True)
        return None
    places = {place: _places(digest, store, *place) for place in {(row["in_delivery"], row["in_period"]) for _, row in rows}}
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        bold, texts, sheet = book.add_format({"bold": True}), text_format(book), book.add_worksheet("To correct")
        sheet.write_row(0, 0, TITLES, bold)
        for number, (item, row_of_item) in enumerate(rows, start=1):
            where, row = places[(row_of_item["in_delivery"], row_of_item["in_period"])], row_of_item["source_row"]
            file, tab = where.get(row, where.get(None, ("", ""))) if row is not None else ("", "")
            told = (row_of_item["subject"] or "", row_of_item["reason"] or "")
            write_row(sheet, number, (item.code, month(item.period), item.says, item.fix, file, tab or "", row or "", *told), texts)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows), len(TITLES) - 1)
        for column, width in enumerate((10, 16, 60, 60, 36, 14, 8, 36, 60)):
            sheet.set_column(column, column, width)
    path.chmod(0o600)
    return path


def _of_refused_files(digest: Digest, store: Storage) -> list[tuple[Item, dict[str, Any]]]:
    """The rejected rows of each file that is refused because of them, under the first of its items."""
    items = {(line.item.file, line.item.period): line.item for line in reversed(digest.open) if line.item.code in REFUSED_FOR_ROWS}
    held = (delivery for delivery in ledger.deliveries(digest.organisation_id, digest.source, store) if delivery.state == ledger.HELD)
    return [
        (item, vars(row))
        for delivery in held
        if (item := items.get((delivery.file, str(delivery.period))))
        for row in rejected_rows(digest.organisation_id, digest.source, delivery.delivery_id, str(delivery.period), store)
    ]


def _places(digest: Digest, store: Storage, delivery_id: str, period: str) -> dict[int | None, tuple[str, str]]:
    """File and sheet of each row of a delivery. None gives those of a row that was left out, if the delivery is one file."""
    path = store.raw(digest.organisation_id, digest.source, period) / f"{delivery_id}.parquet"
    if not path.exists():
        known = {delivery.delivery_id: delivery for delivery in ledger.deliveries(digest.organisation_id, digest.source, store)}
        return {None: (known[delivery_id].file, known[delivery_id].sheet or "")} if delivery_id in known else {}
    kept = pl.read_parquet(path, columns=["source_row", "source_file", "source_sheet"])
    found: dict[int | None, tuple[str, str]] = {row: (file, sheet) for row, file, sheet in kept.iter_rows()}
    files = set(found.values())
    return found | ({None: files.pop()} if len(files) == 1 else {})
