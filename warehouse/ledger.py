"""The ledger as a table of text: which extracts arrived, when, and how many of their rows were accepted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from foundation import ledger
from foundation.command_line import run
from foundation.layout import LayoutError
from foundation.ledger import ACCEPTED, HELD, SUPERSEDED, Delivery, deliveries
from foundation.storage import storage
from foundation.text_table import text_table

COLUMNS = ("source", "organisation", "period", "received", "state", "read", "accepted", "rejected", "left out", "file")
# Where the counts stand among them.
COUNTS = range(5, 9)


def table(shown: Sequence[Delivery]) -> str:
    """The deliveries as a table of text, with a line of totals."""
    lines = [
        (
            delivery.source,
            delivery.organisation_id,
            delivery.period or "-",
            delivery.received_at[:16].replace("T", " "),
            delivery.state,
            *(f"{count:,}" for count in _counts(delivery)),
            delivery.file,
        )
        for delivery in shown
    ]
    sums = ("", "", "", "", f"{len(shown)} files", *(f"{sum(count):,}" for count in zip(*map(_counts, shown), strict=True)), "")
    return text_table([COLUMNS, *lines, sums], right=COUNTS)


def _counts(delivery: Delivery) -> tuple[int, int, int, int]:
    return (delivery.rows_read, delivery.rows_accepted, delivery.rows_rejected, delivery.rows_left_out)


def _nothing(state: str | None, has_others: bool) -> str:
    """What is printed if no delivery is shown. That nothing is held is good news, and no reason to land anything."""
    if has_others:
        return f"Nothing is {state}" if state else "No delivery of that month"
    return f"No such delivery under {storage().home / 'ledger'}. Land extracts first: python -m ingestion land"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the ledger. Returns 0 even if deliveries are held, 2 if the data root has another layout than the code."""
    parser = argparse.ArgumentParser(prog="python -m warehouse.ledger", description=ledger.__doc__)
    parser.add_argument("--organisation", help="id of one council. Without it, all councils")
    parser.add_argument("--source", help="one source. Without it, all sources")
    parser.add_argument("--period", help="one month, YYYY-MM. Without it, all months")
    parser.add_argument("--state", choices=(ACCEPTED, HELD, SUPERSEDED), help="only deliveries in this state")
    parser.add_argument("--problems", action="store_true", help="also print why files were held and rows were rejected")
    asked = parser.parse_args(arguments)
    try:
        known = deliveries(asked.organisation, asked.source)
    except LayoutError as other_layout:
        print(other_layout)
        return 2
    shown = [
        delivery
        for delivery in known
        if (asked.period is None or delivery.period == asked.period) and (asked.state is None or delivery.state == asked.state)
    ]
    if not shown:
        print(_nothing(asked.state, bool(known)))
        return 0
    print(table(shown))
    if asked.problems:
        for delivery in shown:
            for problem in delivery.problems:
                print(f"{problem.severity}  {delivery.organisation_id}  {delivery.source}  {problem.message}")
            if delivery.state == HELD and delivery.landed:
                print(
                    f"held  {delivery.organisation_id}  {delivery.source}  {delivery.file}: {delivery.states[-1].by}: {delivery.states[-1].reason}"
                )
    return 0


if __name__ == "__main__":
    run(main)
