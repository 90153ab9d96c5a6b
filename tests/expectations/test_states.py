"""Which problems are new, there again or fixed, run by run."""

from __future__ import annotations

from typing import Any

import polars as pl

from tests.expectations.landed_council import LandedCouncil, assignment

SOURCE = "hr_assignments"


def state(council: LandedCouncil, rule_id: str, period: str = "2025-09") -> dict[str, Any]:
    """Check, and return the stored results of a rule and month: the one that is open or fixed, if there is one."""
    council.check(SOURCE)
    kept = pl.read_parquet(council.store.checks / f"{SOURCE}__{council.organisation_id}.parquet").rows(named=True)
    mine = [row for row in kept if (row["rule_id"], row["period"]) == (rule_id, period)]
    return next((state for state in mine if state["state"] != "clear"), mine[0])


def counts(row: dict[str, Any]) -> tuple[str, int, int, int]:
    return row["state"], row["rows_new"], row["rows_again"], row["rows_fixed"]


def without_fte(*persons: str) -> list[dict[str, Any]]:
    return [assignment(person, fte=None if person in persons else 1) for person in ("p01", "p02", "p03")]


def test_rows_are_new_then_there_again_then_put_right(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", without_fte("p01", "p02"))
    first = state(council, "HR-008")
    assert counts(first) == ("new", 2, 0, 0)
    again = state(council, "HR-008")
    assert counts(again) == ("again", 0, 2, 0)
    assert again["first_seen"] == first["run_at"] < again["run_at"]
    # A better file has one of them right, and another wrong.
    council.deliver(SOURCE, "2025-09", list(reversed(without_fte("p02", "p03"))), received_at="2025-10-20T06:00:00+00:00")
    assert counts(state(council, "HR-008")) == ("again", 1, 1, 1)
    council.deliver(SOURCE, "2025-09", without_fte(), received_at="2025-10-21T06:00:00+00:00")
    assert counts(state(council, "HR-008")) == ("fixed", 0, 0, 2)
    assert counts(state(council, "HR-008")) == ("clear", 0, 0, 0)


def test_a_problem_that_comes_back_is_new(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", without_fte("p01"))
    first = state(council, "HR-008")
    council.deliver(SOURCE, "2025-09", without_fte(), received_at="2025-10-20T06:00:00+00:00")
    state(council, "HR-008")
    state(council, "HR-008")
    council.deliver(SOURCE, "2025-09", without_fte("p01"), received_at="2025-10-21T06:00:00+00:00")
    again = state(council, "HR-008")
    assert (again["state"], again["first_seen"] > first["first_seen"]) == ("new", True)


def test_a_held_delivery_does_not_put_right_what_the_one_in_force_has(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", without_fte("p01"))
    state(council, "HR-008")
    council.deliver(SOURCE, "2025-09", without_fte(), received_at="2025-10-20T06:00:00+00:00", rows_rejected=100)
    assert counts(state(council, "HR-008")) == ("again", 0, 1, 0)
    assert state(council, "HR-002")["state"] == "again"


def test_a_failure_of_a_whole_delivery_counts_its_rows(council: LandedCouncil) -> None:
    council.deliver(SOURCE, "2025-09", without_fte(), rows_rejected=7)
    assert counts(state(council, "HR-002")) == ("new", 7, 0, 0)
    council.deliver(SOURCE, "2025-09", without_fte(), received_at="2025-10-20T06:00:00+00:00")
    assert counts(state(council, "HR-002")) == ("fixed", 0, 0, 7)
