"""What the month's run and the pick-up share: how a source is landed and a council checked. Wiring only.

Both use one ledger and one build file. The pool is the lock between them. A source, or the checks of a council, take one slot, so that several
land at once. Whatever reads or writes the build takes all slots. Airflow gets the pool from `dags/pools.json`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import task

from alerts.engineers import on_failure
from dags.progress import checked, fetched, landed, without_retry
from dags.run_steps import step

POOL, SLOTS = "workforce", 8
# A task that takes longer hangs: it is ended, gives its slots back and is tried again. Measured: the samples' longest source takes 10 s, a
# build of 153 councils 2 minutes.
A_SOURCE = {"pool": POOL, "pool_slots": 1, "execution_timeout": timedelta(minutes=30)}
THE_BUILD = {"pool": POOL, "pool_slots": SLOTS, "execution_timeout": timedelta(hours=1)}
ANY_OTHER = timedelta(minutes=15)
# How a mapped task is called on Airflow's page.
THE_COUNCIL = "{{ task.op_kwargs['organisation_id'] }}"
THE_SOURCE = THE_COUNCIL + " {{ task.op_kwargs['source'] }}"


def default_args() -> dict[str, Any]:
    """Who owns a task, how often it is tried, and who is told if it fails."""
    return {
        "owner": "data engineering",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "execution_timeout": ANY_OTHER,
        "on_failure_callback": on_failure(),
    }


@task(**A_SOURCE)
@without_retry
def land(organisation_id: str, source: str) -> list[str]:
    """Fetch and land what has arrived. Returns why files are held. A file that cannot be used does not stop other files."""
    from ingestion.arriving.source_fetching import fetch_source
    from ingestion.landing.land import land_source

    with step("land", organisation_id, source) as this:
        left = fetched(fetch_source(organisation_id, source))
        report = land_source(organisation_id, source)
        this.rows = report.rows_read
    return left + landed(report)


@task(trigger_rule="all_done", **A_SOURCE)
@without_retry
def check(organisation_id: str) -> list[str]:
    """Hold deliveries of a council that cannot be believed. Returns why."""
    from expectations.council_check import check_council

    with step("check", organisation_id) as this:
        held = []
        for source, results in check_council(organisation_id):
            this.finished(source, rows=len(results))
            held += checked(organisation_id, source, results)
    return held


# No task waits for it. It fails so that engineers are told, and other councils are not affected.
@task
@without_retry
def check_configuration() -> None:
    """Name each council that is left out because a file of its configuration is wrong."""
    from warehouse.configuration_tables import refuse_unusable_configuration

    refuse_unusable_configuration()


# When it fails, it has already told the engineers.
@task(trigger_rule="all_done", on_failure_callback=[])
@without_retry
def tell_engineers(again: bool) -> None:
    """Tell the engineers which checks could not run, and fail if any could not. `again`: also of those that they know of."""
    from alerts.engineers import tell_errored
    from foundation.configuration import council_sources

    tell_errored(council_sources(), again)
