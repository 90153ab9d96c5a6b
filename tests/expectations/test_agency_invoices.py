"""Bookings and invoices against each other."""

from __future__ import annotations

from typing import Any

from tests.expectations.landed_council import LandedCouncil, Row, booking, failed, failing, outcomes

SOURCE = "agency_invoices"


def line(worker: str, day: int, **row: Any) -> Row:
    """A full week of September 2025 at 40 pounds an hour, as booked."""
    return {
        "invoice_line_id": f"{worker} {day}",
        "booking_key": f"booking of {worker}",
        "agency_worker_key": worker,
        "week_ending": f"2025-09-{day:02}",
        "hours": 37,
        "charge": 37 * 40,
        **row,
    }


def month(*workers: str) -> list[Row]:
    return [line(worker, day) for worker in workers for day in (7, 14, 21, 28)]


def book(council: LandedCouncil, *rows: Row) -> None:
    for period in ("2025-08", "2025-09"):
        council.deliver("agency", period, [{"charge_rate": 40, **row} for row in rows])


def test_invoices_as_booked_raise_nothing(council: LandedCouncil) -> None:
    book(council, booking("w1"), booking("w2", end_date="2025-09-14"))
    council.deliver(SOURCE, "2025-09", [*month("w1"), line("w2", 7), line("w2", 14)])
    assert failed(council.check(SOURCE)) == set()


def test_what_bookings_and_invoices_do_not_have_in_common_is_named(council: LandedCouncil) -> None:
    book(council, booking("w1"), booking("w2"), booking("w3", start_date="2025-09-20"))
    council.deliver(SOURCE, "2025-09", [*month("w1"), line("w9", 7)])
    results = council.check(SOURCE)
    assert failing(results, "AGI-006") == {"2025-09": (6,)}
    assert [(result.outcome, result.rows_failed) for result in results if result.rule_id == "AGI-007"] == [("failed", 1)], (
        "w3 came in the month"
    )


def test_hours_and_charges_beyond_the_booking_are_named(council: LandedCouncil) -> None:
    book(council, booking("w1"), booking("w2"), booking("w3", end_date="2025-09-05"))
    rows = [
        line("w1", 7, hours=50, charge=50 * 40),
        line("w2", 7, charge=37 * 44),
        line("w2", 14),
        line("w3", 7),
        line("w3", 14),
        line("w2", 14),
    ]
    council.deliver(SOURCE, "2025-09", rows)
    results = council.check(SOURCE)
    assert failing(results, "AGI-008") == {"2025-09": (2,)}
    assert failing(results, "AGI-009") == {"2025-09": (3,)}
    assert failing(results, "AGI-010") == {"2025-09": (4, 7)}
    assert failing(results, "AGI-011") == {"2025-09": (6,)}, "the week of the 7th began before the end"


def test_a_credit_is_no_second_week_and_without_bookings_nothing_is_compared(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", [line("w1", 7), line("w1", 7, hours=-37, charge=-37 * 40)])
    results = council.check(SOURCE)
    assert failed(results) == set()
    assert outcomes(results, "AGI-006") == {}
