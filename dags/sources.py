"""What the month's run and the pick-up share: settings of tasks, and landing and checking each source. Wiring only.

Both use one ledger and one build file. The pool is the lock between them. A source takes one slot, so that several sources land at once.
Whatever reads or writes the build takes all slots. Airflow gets the pool from `dags/pools.json`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import task

from alerts.engineers import on_failure
from dags.progress import checked, fetched, landed, without_retry

POOL, SLOTS = "workforce", 8
# A task that takes longer hangs: it is ended, gives its slots back and is tried again. Measured: the samples' longest source takes 10 s, a
# build of 153 councils 2 minutes.
A_SOURCE = {"pool": POOL, "pool_slots": 1, "execution_timeout": timedelta(minutes=30)}
THE_BUILD = {"pool": POOL, "pool_slots": SLOTS, "execution_timeout": timedelta(hours=1)}
ANY_OTHER = timedelta(minutes=15)
EACH = "{{ task.op_kwargs['organisation_id'] }} {{ task.op_kwargs['source'] }}"


def default_args() -> dict[str, Any]:
    """Who owns a task, how often it is tried, and who is told if it fails."""
    return {
        "owner": "data engineering",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "execution_timeout": ANY_OTHER,
        "on_failure_callback": on_failure(),
    }


def land_and_check(tell_again: bool) -> tuple[Any, Any, Any]:
    """Make the tasks in the current DAG. All sources land before any is checked. Returns the outputs of council_sources, land and check_source.

    `tell_again`: whether engineers are told again of checks that they know of and that still cannot run.
    """

    @task
    @without_retry
    def council_sources() -> list[dict[str, str]]:
        """Each configured council and source. Fails if nothing can be landed, so that one task says so and not each."""
        from foundation.configuration import council_sources
        from ingestion.landing.landing_readiness import refuse_unless_ready

        refuse_unless_ready()
        return council_sources()

    # No task waits for it. It fails so that engineers are told, and other councils are not affected.
    @task
    @without_retry
    def check_configuration() -> None:
        """Name each council that is left out because a file of its configuration is wrong."""
        from warehouse.configuration_tables import refuse_unusable_configuration

        refuse_unusable_configuration()

    @task(map_index_template=EACH, **A_SOURCE)
    @without_retry
    def land(organisation_id: str, source: str) -> list[str]:
        """Fetch and land what has arrived. Returns why files are held. A file that cannot be used does not stop other files."""
        from ingestion.arriving.source_fetching import fetch_source
        from ingestion.landing.land import land_source

        return fetched(fetch_source(organisation_id, source)) + landed(land_source(organisation_id, source))

    @task(map_index_template=EACH, trigger_rule="all_done", **A_SOURCE)
    @without_retry
    def check_source(organisation_id: str, source: str) -> list[str]:
        """Hold deliveries that cannot be believed. Returns why."""
        from expectations.source_check import check_source

        return checked(organisation_id, source, check_source(organisation_id, source))

    # When it fails, it has already told the engineers.
    @task(trigger_rule="all_done", on_failure_callback=[])
    @without_retry
    def tell_engineers(sources: list[dict[str, str]]) -> None:
        """Tell the engineers which checks could not run, and fail if any could not."""
        from alerts.engineers import tell_errored

        tell_errored(sources, again=tell_again)

    check_configuration()
    sources = council_sources()
    landing = land.expand_kwargs(sources)
    checks = check_source.expand_kwargs(sources)
    landing >> checks >> tell_engineers(sources)
    return sources, landing, checks
