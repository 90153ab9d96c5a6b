"""How long the checks of staff in post take on a million rows, against the same rules as one SQL statement written by hand, and whether both answer the same.

    python benchmarks/expectations_speed.py [--rows 1000000]

Two months of half the rows each are landed, with establishment. The check is the whole of it: reading raw, every rule, Great Expectations, results and row
numbers. The statement (`benchmarks/expectations_floor.sql`) answers 27 of the rules over the same raw files. Both are done once before, so that neither pays
for imports. Ends with 1 if the check takes more than five times as long, or if one answer differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from contracts import contract, raw_columns
from expectations.rules.hr_assignments import HR_ASSIGNMENTS
from expectations.source_check import check_source
from foundation import ledger
from foundation.ledger import Delivery
from foundation.storage import Storage, shared

COUNCIL, SOURCE, POSTS = "bench", "hr_assignments", "establishment"
FIRST, LAST = "2025-08", "2025-09"
RATIO, LEAST_RULES, TIMES = 5.0, 25, 2
Answers = dict[tuple[str, str], int]
FLOOR = Path(__file__).with_name("expectations_floor.sql")
# Every value of `n` is an assignment; what is wrong with some of them, the rules have to find.
MADE = {
    SOURCE: {
        "person_key": "'p' || (n % (wanted * 97 // 100))",
        "assignment_key": "'a' || case when {is_last} and n % 200 = 7 then n + wanted else n end",
        "swe_key": "case when n % 4 < 3 and n % 501 > 0 then 's' || (n % (wanted * 97 // 100)) end",
        "age_band": "'30-39'",
        "sex_group": "case when n % 5 = 0 then 'male' else 'female' end",
        "post_id": "'post' || (n % (wanted * 99 // 100))",
        "team_id": "'T' || (n % 900)",
        "job_role": "'social_worker'",
        "registered_social_worker": "n % 4 < 3",
        "contract_type": "case when n % 9 = 0 then 'fixed_term' else 'permanent' end",
        "contract_end_date": "case when n % 9 = 0 then date '2025-09-20' - cast(n % 60 as integer) end",
        "fte": "case when n % 1000 = 0 then null else (n % 10 + 1) / 10 end",
        "start_date": "case n % 1003 when 0 then date '1950-01-03' when 1 then date '2028-01-03' when 2 then date '{period}-02' "
        "else date '2005-01-03' + cast(n % 6000 as integer) end",
        "end_date": "case when n % 40 = 0 then date '{period}-20' when n % 999 = 1 then date '2025-01-20' end",
        "leaving_reason": "case when n % 80 = 0 then 'resignation' end",
        "start_origin": "case when n % 3 = 0 then 'agency' end",
        "team_start_date": "case when n % 777 = 0 then date '2026-01-01' else date '2010-01-03' + cast(n % 5000 as integer) end",
        "source_row": "n + 2",
    },
    POSTS: {
        "post_id": "'post' || n",
        "team_id": "'T' || (n % 890)",
        "job_role": "'social_worker'",
        "budgeted_fte": "case when n % 50 = 0 then 0.2 else 1 end",
        "post_status": "'active'",
        "source_row": "n + 2",
    },
}


def prepare(home: Path, source: str, period: str, rows: int) -> None:
    """Land a delivery by writing raw and its ledger entry."""
    delivery = Delivery(
        delivery_id=f"{period}-bench", organisation_id=COUNCIL, source=source, period=period, delivers="snapshot", file=f"{source}.csv", sheet=None,
        sha256=f"{source} {period}", received_at=f"{period}-12T06:00:00+00:00", contract_version="1.0.0", rows_read=rows, rows_accepted=rows,
    )  # fmt: skip
    made = {name: sql.replace("{is_last}", str(period == LAST)).replace("{period}", period) for name, sql in MADE[source].items()}
    kinds = dict(raw_columns(contract(source)))
    written = ", ".join(f"cast({made.get(name, 'null')} as {kind}) as {name}" for name, kind in kinds.items() if name != "delivery_id")
    target = shared(Storage(home).raw(COUNCIL, source, period)) / f"{delivery.delivery_id}.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select '{delivery.delivery_id}' as delivery_id, {written} from range({rows}) as numbers(n), (select {rows} as wanted)) to '{target}'"
        )
    ledger.write(ledger.append_state(delivery, ledger.ACCEPTED, ledger.LANDING, "landed"), Storage(home))
    ledger.settle(COUNCIL, source, period, Storage(home))


def by_hand(home: Path) -> Answers:
    """The answers of the statement: rows that fail, or 1 for a delivery that does, by rule and month; without those that do not apply."""
    files = {source: str(home / "raw" / source / f"organisation={COUNCIL}" / "*" / "*.parquet") for source in (SOURCE, POSTS)}
    statement = FLOOR.read_text(encoding="utf-8").format(staff=files[SOURCE], posts=files[POSTS], first=FIRST, last=LAST)
    with duckdb.connect() as connection:
        return {(rule, period): int(answer) for period, rule, answer in connection.execute(statement).fetchall()}


def of_the_checks() -> Answers:
    """The same of the checks."""
    rows = {rule.rule_id for rule in HR_ASSIGNMENTS.rules_of("rows")}
    return {
        (result.rule_id, result.period): result.rows_failed if result.rule_id in rows else int(result.outcome == "failed")
        for result in check_source(COUNCIL, SOURCE)
        if result.outcome in ("failed", "passed")
    }


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
        home, rows = Path(folder), asked.rows // 2
        for period in (FIRST, LAST):
            prepare(home, SOURCE, period, rows)
            prepare(home, POSTS, period, rows * 9 // 10)
        expected, answered = by_hand(home), of_the_checks()
        floor, seconds = best(lambda: by_hand(home)), best(of_the_checks)
    rules = {rule for rule, _ in expected}
    differing = sorted(key for key, answer in expected.items() if answered.get(key, 0) != answer)
    print(f"{asked.rows:,} rows of staff in post in two months")
    print(
        f"  {len(rules)} rules as one SQL statement {floor:.2f} s; {sum(answer > 0 for answer in expected.values())} answers are failures"
    )
    print(f"  the check of all {len(HR_ASSIGNMENTS.rules)} rules {seconds:.2f} s, {seconds / floor:.1f} times (at most {RATIO:g})")
    for key in differing:
        print(f"  {' '.join(key)}: {expected[key]} by hand, {answered.get(key)} by the check")
    return 0 if seconds <= RATIO * floor and len(rules) >= LEAST_RULES and not differing else 1


if __name__ == "__main__":
    sys.exit(main())
