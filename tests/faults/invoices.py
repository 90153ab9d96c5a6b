"""Invoices for Peterborough's agency bookings, because its sample has none: one line per booking and week, as booked."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import yaml

from tests.faults.extract import COUNCIL, Row, file_of, read, written

SOURCE = "agency_invoices"
HEADER = ["Line", "Booking Ref", "Candidate Ref", "Week Ending", "Hours", "Charge"]
MAPPING = r"""
source: agency_invoices
file: {pattern: "PCC_Agency_Invoices_(?P<period>\\d{4}-\\d{2})(_v\\d+)?\\.csv", format: csv, encoding: utf-8}
columns: {invoice_line_id: Line, booking_id: Booking Ref, worker_id: Candidate Ref, week_ending: Week Ending, hours: Hours, charge: Charge}
dates: "%Y-%m-%d"
missing: [""]
"""


def add_invoices(home: Path, *periods: str) -> None:
    """Configure the source for the council, and write its extracts for some months, received with those of the bookings."""
    folder = home / "config" / "organisations" / COUNCIL
    settings = yaml.safe_load((folder / "organisation.yaml").read_text(encoding="utf-8"))
    settings["sources"][SOURCE] = {"owner": "Agency contract management", "delivers": "events"}
    (folder / "organisation.yaml").write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")
    (folder / "mappings" / f"{SOURCE}.yaml").write_text(MAPPING, encoding="utf-8")
    inbox = home / "inbox" / COUNCIL / SOURCE
    inbox.mkdir(parents=True)
    for period in periods:
        bookings = home / "inbox" / COUNCIL / "agency" / file_of("agency", period)
        path = inbox / file_of(SOURCE, period)
        path.write_bytes(written(_lines(read(bookings), period), HEADER))
        received = bookings.stat().st_mtime
        os.utime(path, (received, received))


def _lines(bookings: list[Row], period: str) -> list[Row]:
    day = date.fromisoformat(f"{period}-01")
    month = [day + timedelta(days=number) for number in range(31) if (day + timedelta(days=number)).month == day.month]
    found = []
    for booking in bookings:
        for sunday in (day for day in month if day.isoweekday() == 7):
            monday = sunday - timedelta(days=6)
            if booking["Start"] <= sunday.isoformat() and (not booking["End"] or monday.isoformat() <= booking["End"]):
                hours = float(booking["Hours per Week"])
                line = (f"{booking['Booking Ref']}-{sunday}", booking["Booking Ref"], booking["Candidate Ref"], str(sunday), f"{hours:.2f}")
                found.append(dict(zip(HEADER, (*line, f"{hours * float(booking['Charge Rate']):.2f}"), strict=True)))
    return found
