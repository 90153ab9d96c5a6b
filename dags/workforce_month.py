"""The month's run: from extracts to a publication. Wiring only. Each task calls a function of the stage's package."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import CronTriggerTimetable, dag, task

from alerts.engineers import late_after
from dags.sources import THE_BUILD, default_args, land_and_check

LATE = timedelta(hours=3)  # a run of three councils takes minutes; at 9:00 somebody can still correct what the board reads that day
LONGEST = timedelta(hours=6)  # then the run ends as failed, so that later runs can start
DOCS = """
### What it does
1. **land** the extracts of each council and source: fetch them, keep the original, type and pseudonymise rows, keep rejected rows with reasons.
2. **check_source**: is the month believable? A blocking rule holds the delivery. The last good one stays in force.
3. **tell_engineers** which checks could not run. **tell_owners**: one digest per source in which something changed, by mail and in `alerts/`.
4. **build** every fact and mart in full with dbt, and run its tests.
5. **check_marts**: do the marts hold together? If not, nothing is published.
6. **check_completeness**: is every source of the month delivered, checked and reconciled? If a source that a publication needs is not, the run stops here unless overridden.
7. **publish** aside, **write_scorecards**, then **switch_latest** in one step.
8. **tell_officer** what the publication lacks and why, or why there is none.
9. **confirm_deliveries** fails the run if a delivery is held, after everything that can be published was published. This alone alerts nobody.

### When it fails
`docs/runbooks/workforce_month.md` has a section for each task. Any task can be cleared and run again. Nothing is done twice.
"""


@dag(
    schedule=CronTriggerTimetable("0 6 12 * *", timezone="Europe/London"),
    catchup=False,
    max_active_runs=1,
    deadline=late_after(LATE),
    dagrun_timeout=LONGEST,
    default_args=default_args(),
    doc_md=DOCS,
    tags=["workforce"],
)
def workforce_month():
    from dags.progress import built, checked_marts, lacking, told, without_retry

    @task(trigger_rule="all_done")
    @without_retry
    def tell_owners(sources: list[dict[str, str]]) -> None:
        """Write one digest per source in which something changed. Send it if an address is configured."""
        from alerts.owner_mail import tell_owners

        told(tell_owners(sources, datetime.now(UTC)))

    @task(trigger_rule="all_done", **THE_BUILD)
    @without_retry
    def build() -> bool:
        """Rebuild facts and marts. A failing model or test stops the run here."""
        from ingestion.landing.landing_readiness import refuse_unless_ready
        from warehouse.build import build

        refuse_unless_ready()  # it runs after sources that failed, but not if none could be landed
        built(build())
        return True

    @task(**THE_BUILD)
    @without_retry
    def check_marts() -> bool:
        """Refuse marts that do not hold together."""
        from expectations.source_check import check_marts

        checked_marts(check_marts())
        return True

    @task(**THE_BUILD)
    @without_retry
    def check_completeness() -> bool:
        """Refuse to publish a month without the sources that it needs, unless an authorised role overrode this."""
        from expectations.completeness import check_completeness

        lacking(check_completeness())
        return True

    @task(**THE_BUILD)
    @without_retry
    def publish() -> str:
        """Write the publication into a folder aside."""
        from warehouse.publish import stage_publication

        return str(stage_publication())

    @task
    @without_retry
    def write_scorecards(staged: str) -> str:
        """Write one page per council for its board and one on data quality, from the staged publication's marts."""
        from reporting.quality import write_quality_pages
        from reporting.scorecard import write_scorecards

        write_scorecards(Path(staged))
        write_quality_pages(Path(staged))
        return staged

    @task
    @without_retry
    def switch_latest(staged: str) -> str:
        """Make the staged publication the one that readers see."""
        from warehouse.publish import switch_latest

        return str(switch_latest(Path(staged)))

    @task(trigger_rule="all_done")
    @without_retry
    def tell_officer(published: str | None, is_built: bool | None, is_sound: bool | None, is_complete: bool | None) -> None:
        """Tell the board's officer what the publication lacks and why, once per publication. Or that there is none, and why."""
        from alerts.officer import tell_not_published, tell_officer

        page = tell_officer(Path(published)) if published else tell_not_published(is_built, is_sound, is_complete, datetime.now(UTC))
        told([page] if page else [])

    # Whoever must act was told by the task that found it.
    @task(trigger_rule="all_done", on_failure_callback=[])
    @without_retry
    def confirm_deliveries(
        published: str | None, sources: list[dict[str, str]] | None, landing: list[list[str]] | None, checks: list[list[str]] | None
    ) -> None:
        """Fail the run if anything is held or missing: a run's state comes from its last task."""
        from warehouse.publish import confirm

        confirm(published, sources, landing, checks)

    sources, landing, checks = land_and_check(tell_again=True)
    is_built, is_sound, is_complete, staged = build(), check_marts(), check_completeness(), publish()
    checks >> tell_owners(sources)
    checks >> is_built >> is_sound >> is_complete >> staged
    published = switch_latest(write_scorecards(staged))
    tell_officer(published, is_built, is_sound, is_complete)
    confirm_deliveries(published, sources, landing, checks)


month = workforce_month()

if __name__ == "__main__":
    from dags.progress import run_month

    sys.exit(run_month(month))
