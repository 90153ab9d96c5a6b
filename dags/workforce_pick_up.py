"""Picks up what arrived on a working day, so that owners are told the same day what to correct and what is fixed. Wiring only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from alerts.alert_settings import PICK_UP
from alerts.engineers import late_after
from dags.sources import THE_COUNCIL, THE_SOURCE, check, check_configuration, default_args, land, tell_engineers

LATE = timedelta(minutes=55)  # before the next run is due
LONGEST = timedelta(hours=2)  # then the run ends as failed, so that later runs can start
DOCS = """
### What it does
1. **look** once for what is new: files in the inbox and where extracts arrive, a changed configuration or ledger, a day on which files were due. If nothing is new, the run ends here.
2. **land** what came, as the month's run does. **look_again**: which councils' checks could find something else now? **check** those councils. Nothing is built or published.
3. **tell_engineers** which checks could not run.
4. **tell_owners** at once of a missing file, a refused file or a block, and of an all-clear. The month's run reports what can wait.

### When it fails
`docs/runbooks/workforce_pick_up.md`.
"""


@dag(
    schedule=CronTriggerTimetable(PICK_UP, timezone="Europe/London"),
    catchup=False,
    max_active_runs=1,
    deadline=late_after(LATE),
    dagrun_timeout=LONGEST,
    default_args=default_args(),
    doc_md=DOCS,
    tags=["workforce"],
)
def workforce_pick_up():
    from dags.progress import arrived, due, told, without_retry

    @task.short_circuit(ignore_downstream_trigger_rules=True)
    @without_retry
    def look() -> dict[str, list[dict[str, str]]]:
        """What is to be landed, as `land`. Empty if no council's checks are due either: then the run ends here."""
        from expectations.council_check import councils_due
        from foundation.configuration import organisations
        from ingestion.arriving.new_arrivals import new_arrivals
        from ingestion.landing.landing_readiness import refuse_unless_ready

        store = refuse_unless_ready()
        came = arrived(new_arrivals(organisations(), store))
        return {"land": came} if due(councils_due(organisations(), store)) or came else {}

    # Airflow maps over a list that is all that a task returns.
    @task
    def choose_sources(found: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
        """The sources to land."""
        return found["land"]

    @task(trigger_rule="all_done")
    @without_retry
    def look_again() -> list[dict[str, str]]:
        """The councils whose checks are due, now that everything has landed."""
        from expectations.council_check import councils_due
        from foundation.configuration import organisations
        from foundation.storage import storage

        return due(councils_due(organisations(), storage()))

    @task(trigger_rule="all_done")
    @without_retry
    def tell_owners(councils: list[dict[str, str]]) -> None:
        """Write and send what cannot wait."""
        from alerts.owner_mail import tell_owners
        from foundation.configuration import council_sources

        checked = {council["organisation_id"] for council in councils}
        told(
            tell_owners(
                [source for source in council_sources() if source["organisation_id"] in checked], datetime.now(UTC), urgent_only=True
            )
        )

    check_configuration()
    councils = look_again()
    checks = check.override(map_index_template=THE_COUNCIL).expand_kwargs(councils)
    land.override(map_index_template=THE_SOURCE).expand_kwargs(choose_sources(look())) >> councils
    checks >> [tell_engineers(again=False), tell_owners(councils)]


pick_up = workforce_pick_up()
