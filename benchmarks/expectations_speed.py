"""How long the checks of staff in post take on a million rows, against the same rules on rows as one SQL pass over the same raw file.

    python benchmarks/expectations_speed.py [--rows 1000000]

The check is the whole of it: reading raw, every rule on rows and on the delivery, Great Expectations, results and row numbers. The SQL pass counts for each
rule on rows how many rows fail. Both are done once before, so that neither pays for imports. Ends with 1 if the check takes more than five times as long.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb

from expectations.check import check_source
from expectations.frames import database
from expectations.hr_assignments import HR_ASSIGNMENTS
from expectations.scan import failures, measure
from expectations.sources import SOURCES
from ingestion.contract import contract, raw_columns
from warehouse import ledger
from warehouse.ledger import Delivery
from warehouse.storage import Storage, shared, storage

COUNCIL, SOURCE, PERIOD = "bench", "hr_assignments", "2025-09"
RATIO, LEAST_RULES, TIMES = 5.0, 25, 2
MADE = {
    "person_key": "'p' || (n % (rows_wanted * 97 // 100))",
    "assignment_key": "'a' || n",
    "swe_key": "case when n % 4 < 3 then 's' || (n % (rows_wanted * 97 // 100)) end",
    "post_id": "'post' || n",
    "team_id": "'T' || (n % 900)",
    "job_role": "'social_worker'",
    "registered_social_worker": "n % 4 < 3",
    "contract_type": "case when n % 9 = 0 then 'fixed_term' else 'permanent' end",
    "fte": "case when n % 1000 = 0 then null else (n % 10 + 1) / 10 end",
    "start_date": "date '2005-01-03' + cast(n % 6000 as integer)",
    "end_date": "case when n % 40 = 0 then date '2025-09-20' end",
    "leaving_reason": "case when n % 40 = 0 and n % 80 = 0 then 'resignation' end",
    "start_origin": "case when n % 3 = 0 then 'agency' end",
    "team_start_date": "date '2010-01-03' + cast(n % 5000 as integer)",
    "source_row": "n + 2",
}


def prepare(home: Path, rows: int) -> Delivery:
    """Land a delivery of staff in post by writing raw and its ledger entry."""
    delivery = Delivery(
        delivery_id=f"{PERIOD}-bench", organisation_id=COUNCIL, source=SOURCE, period=PERIOD, delivers="snapshot", file="staff.csv", sheet=None,
        sha256="0" * 64, received_at="2025-10-12T06:00:00+00:00", contract_version="1.0.0", rows_read=rows, rows_accepted=rows,
    )  # fmt: skip
    kinds = dict(raw_columns(contract(SOURCE)))
    made = ", ".join(f"cast({MADE.get(name, 'null')} as {kind}) as {name}" for name, kind in kinds.items() if name != "delivery_id")
    target = shared(Storage(home).raw(COUNCIL, SOURCE, PERIOD)) / f"{delivery.delivery_id}.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select '{delivery.delivery_id}' as delivery_id, {made} from range({rows}) as numbers(n), (select {rows} as rows_wanted)) to '{target}'"
        )
    ledger.write(ledger.append_state(delivery, ledger.ACCEPTED, ledger.LANDING, "landed"), Storage(home))
    return delivery


def sql_pass(delivery: Delivery) -> None:
    """Every rule on rows, counted in one pass, and nothing else: no Great Expectations, no rule on the delivery, no results."""
    others = {name: (SOURCES[name].columns, []) for name in HR_ASSIGNMENTS.reads}
    with closing(database(HR_ASSIGNMENTS, [delivery], others, storage())) as connection:
        measure(connection, HR_ASSIGNMENTS)
        failures(connection, HR_ASSIGNMENTS.rules_of("rows"), {})


def best(step: Callable[[], object]) -> float:
    """The least seconds of several times, after one that is not counted."""
    step()
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"WORKFORCE_HOME": folder, "WORKFORCE_CONFIG": f"{folder}/config"}
        delivery = prepare(Path(folder), asked.rows)
        floor = best(lambda: sql_pass(delivery))
        seconds = best(lambda: check_source(COUNCIL, SOURCE))
    on_rows, every = len(HR_ASSIGNMENTS.rules_of("rows")), len(HR_ASSIGNMENTS.rules)
    print(f"{asked.rows:,} rows of staff in post")
    print(f"  {on_rows} rules on rows as one SQL pass {floor:.2f} s")
    print(f"  the check of all {every} rules {seconds:.2f} s, {seconds / floor:.1f} times (at most {RATIO:g})")
    return 0 if seconds <= RATIO * floor and every >= LEAST_RULES else 1


if __name__ == "__main__":
    sys.exit(main())
