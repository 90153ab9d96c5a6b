"""What a person at a terminal sees: a line a step while the DAG runs in this process, then times, figures and what failed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from expectations.rules import RuleResult
from ingestion.land import SourceReport
from warehouse.storage import storage


def landed(report: SourceReport) -> str:
    """One line on what became of a source's files."""
    held = f", {report.held} HELD" if report.held else ""
    return (
        f"  land   {report.organisation_id:<16} {report.source:<15} {report.landed:>4} files{held}, {report.known} known; "
        f"rows {report.rows_read:,} = {report.rows_accepted:,} accepted + {report.rows_rejected:,} rejected + {report.rows_left_out:,} left out"
    )


def checked(organisation_id: str, source: str, results: Sequence[RuleResult]) -> str:
    """One line on what the checks of a source found."""
    failed = [one for one in results if one.outcome != "passed"]
    rules = sorted({f"{one.rule_id} {one.severity if one.outcome == 'failed' else one.outcome}" for one in failed})
    return f"  check  {organisation_id:<16} {source:<15} {len(results):>4} results" + (f"; {', '.join(rules)}" if rules else ", all passed")


def stage_times(tasks: Iterable[Any]) -> str:
    """Seconds a task took, its mapped runs added up, in the order in which they started."""
    seconds: dict[str, float] = defaultdict(float)
    runs: dict[str, int] = defaultdict(int)
    for one in sorted((one for one in tasks if one.start_date and one.end_date), key=lambda one: one.start_date):
        seconds[one.task_id] += (one.end_date - one.start_date).total_seconds()
        runs[one.task_id] += 1
    return "\n".join(f"  {task_id:<20} {seconds[task_id]:6.1f} s  {runs[task_id]:>3} tasks" for task_id in seconds)


def run_here(month: Any) -> int:
    """Run the DAG in this process on the metadata database of AIRFLOW_HOME. Returns 0, or 1 if a delivery or a step failed."""
    started = time.monotonic()
    run = month.test()
    print("\nTime of each stage")
    print(stage_times(run.get_task_instances()))
    print(f"  {'all':<20} {time.monotonic() - started:6.1f} s")
    latest = storage().latest
    if latest.exists():
        from reporting.summary import latest_indicators

        print()
        print(latest_indicators(latest))
        print("\nScorecards")
        for page in sorted((latest / "inside" / "scorecard").glob("*.html")):
            print(f"  {page}")
    if str(run.state) != "success":
        print("\nNot everything is well. See above what failed; what could be published was.")
        return 1
    return 0
