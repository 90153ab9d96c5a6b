"""Picks up what arrived on a working day, so that an owner hears the same day what to mend, and that it is mended. Wiring only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from alerts.engineers import on_failure
from alerts.settings import PICK_UP

DOCS = """
### What it does
1. **land** and **check_source** what arrived since the last time, as the month's run does. Nothing is built or published.
2. **tell_owners** at once of a missing file, a refused file or a block, and when all is clear again. What can wait is told by the month's run.

### When it fails
`docs/runbooks/workforce_pick_up.md`.
"""


@dag(
    schedule=CronTriggerTimetable(PICK_UP, timezone="Europe/London"),
    catchup=False,
    max_active_runs=1,
    default_args={
        "owner": "data engineering",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "on_failure_callback": on_failure(),
    },
    doc_md=DOCS,
    tags=["workforce"],
)
def workforce_pick_up():
    from dags.progress import checked, fetched, landed, told, without_retry

    @task
    @without_retry
    def council_sources() -> list[dict[str, str]]:
        """Each council and source that is configured."""
        from warehouse.configuration import council_sources

        return council_sources()

    @task(map_index_template="{{ task.op_kwargs['organisation_id'] }} {{ task.op_kwargs['source'] }}")
    @without_retry
    def land(organisation_id: str, source: str) -> list[str]:
        """Fetch and land what has arrived; returns why files are held."""
        from ingestion.arrive import fetch_source
        from ingestion.land import land_source

        return fetched(fetch_source(organisation_id, source)) + landed(land_source(organisation_id, source))

    @task(map_index_template="{{ task.op_kwargs['organisation_id'] }} {{ task.op_kwargs['source'] }}", trigger_rule="all_done")
    @without_retry
    def check_source(organisation_id: str, source: str) -> list[str]:
        """Hold deliveries that cannot be believed; returns why."""
        from expectations.check import check_source

        return checked(organisation_id, source, check_source(organisation_id, source))

    @task(trigger_rule="all_done")
    @without_retry
    def tell_owners(sources: list[dict[str, str]]) -> None:
        """Write and send what cannot wait."""
        from alerts.tell import tell_owners

        told(tell_owners(sources, datetime.now(UTC), urgent_only=True))

    sources = council_sources()
    land.expand_kwargs(sources) >> check_source.expand_kwargs(sources) >> tell_owners(sources)


pick_up = workforce_pick_up()
