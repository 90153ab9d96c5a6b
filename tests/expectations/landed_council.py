"""A council whose deliveries are in raw and in the ledger, as landing leaves them, and rows to deliver."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from contracts import contract, raw_columns
from expectations.engine.check_rule import RuleResult
from expectations.source_check import check_source
from foundation import ledger
from foundation.storage import Storage, shared

Row = dict[str, Any]


class LandedCouncil:
    """Puts deliveries where landing puts them, and gives the results of their checks."""

    organisation_id = "ashby"

    def __init__(self, home: Path) -> None:
        self.store = Storage(home)
        self.delivered = 0

    def deliver(self, source: str, period: str, rows: Iterable[Row], **entry: Any) -> str:
        """Land rows (raw columns; those not given are empty). `entry` overrides what the ledger says. Returns the delivery's id."""
        self.delivered += 1
        kept = list(rows)
        entry = {
            "sha256": hashlib.sha256(str(self.delivered).encode()).hexdigest(),
            "rows_accepted": len(kept),
            "delivers": "snapshot",
        } | entry
        delivery = ledger.Delivery(
            delivery_id=f"{period}-{entry['sha256'][:12]}",
            organisation_id=self.organisation_id,
            source=source,
            period=period,
            file=f"{source}_{period}_{self.delivered:03}.csv",
            sheet=None,
            received_at=entry.pop("received_at", f"{period}-28T06:00:00+00:00"),
            contract_version="1.0.0",
            rows_read=entry["rows_accepted"] + entry.get("rows_rejected", 0),
            **entry,
        )
        columns = raw_columns(contract(source))
        folder = shared(self.store.raw(self.organisation_id, source, period))
        with duckdb.connect() as connection:
            connection.execute(f"create table raw ({', '.join(f'{name} {kind}' for name, kind in columns)})")
            for number, row in enumerate(kept, start=2):
                row = {"delivery_id": delivery.delivery_id, "source_row": number} | row
                connection.execute(f"insert into raw ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))
            connection.execute(f"copy raw to '{folder / delivery.delivery_id}.parquet'")
        ledger.write(ledger.append_state(delivery, ledger.ACCEPTED, ledger.LANDING, "landed"), self.store)
        ledger.settle(self.organisation_id, source, period, self.store)
        return delivery.delivery_id

    def reject(self, source: str, period: str, delivery_id: str, *people: str) -> None:
        """Keep the numbers of rejected rows of a delivery, one row per person, as landing does."""
        path = self.store.rejected_keys(self.organisation_id, source, period, delivery_id)
        rows = [{"person_key": person, "assignment_key": f"assignment of {person}", "delivery_id": delivery_id} for person in people]
        pl.DataFrame(rows).write_parquet(shared(path.parent) / path.name)

    def check(self, source: str) -> list[RuleResult]:
        return check_source(self.organisation_id, source)

    def state(self, source: str, delivery_id: str) -> str:
        return {delivery.delivery_id: delivery.state for delivery in ledger.deliveries(self.organisation_id, source, self.store)}[
            delivery_id
        ]


def outcomes(results: Iterable[RuleResult], rule_id: str) -> dict[str, str]:
    """The outcome of one rule by month. A month in which it had nothing to test is left out."""
    return {result.period: result.outcome for result in results if result.rule_id == rule_id}


def failing(results: Iterable[RuleResult], rule_id: str) -> dict[str, tuple[int, ...]]:
    """The row numbers that fail one rule, by month."""
    return {result.period: result.row_keys for result in results if result.rule_id == rule_id and result.outcome == "failed"}


def failed(results: Iterable[RuleResult]) -> set[str]:
    """The rules that failed in any month."""
    return {result.rule_id for result in results if result.outcome == "failed"}


def assignment(person: str, **row: Any) -> Row:
    """A permanent social worker in post since 2020, in a post of the same number."""
    return {
        "person_key": person,
        "assignment_key": f"assignment of {person}",
        "post_id": f"post of {person}",
        "team_id": "T1",
        "job_role": "social_worker",
        "registered_social_worker": True,
        "contract_type": "permanent",
        "fte": 1,
        "start_date": "2020-01-01",
        **row,
    }


def post(post_id: str, **row: Any) -> Row:
    """A funded post of one FTE in team T1."""
    return {
        "post_id": post_id,
        "team_id": "T1",
        "team_name": "North",
        "service_id": "S1",
        "service_name": "Safeguarding",
        "job_role": "social_worker",
        "budgeted_fte": 1,
        "post_status": "active",
        **row,
    }


def booking(worker: str, **row: Any) -> Row:
    """A full-time agency booking that covers a vacancy."""
    return {
        "booking_key": f"booking of {worker}",
        "agency_worker_key": worker,
        "team_id": "T1",
        "job_role": "social_worker",
        "registered_social_worker": True,
        "start_date": "2025-01-01",
        "weekly_hours": 37,
        "standard_hours": 37,
        "cover_reason": "vacancy",
        "post_id": f"post of {worker}",
        **row,
    }


def absence(person: str, **row: Any) -> Row:
    """Two days of sickness in September 2025."""
    return {
        "absence_key": f"absence of {person}",
        "person_key": person,
        "absence_type": "sickness",
        "start_date": "2025-09-10",
        "end_date": "2025-09-11",
        "fte_days_lost": 2,
        **row,
    }


def attempt(person: str, **row: Any) -> Row:
    """A course completed in September 2025."""
    return {
        "person_key": person,
        "course_id": "C1",
        "recorded_date": "2025-09-15",
        "outcome": "completed",
        "delivery": "classroom",
        **row,
    }


def pay(person: str, **row: Any) -> Row:
    """Basic pay of a month."""
    return {"person_key": person, "element": "basic_pay", "paid_fte": 1, "amount": 3000, **row}


def people(count: int) -> list[str]:
    """Names of people: p01, p02 ..."""
    return [f"p{number:02}" for number in range(1, count + 1)]
