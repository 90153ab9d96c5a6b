"""The month's run: from extracts to a publication. Wiring only. Each task calls a function of the stage's package."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import TaskGroup, dag, task

from alerts.engineers import late_after
from dags.run_form import asked, form
from dags.run_steps import step
from dags.sources import THE_BUILD, check, check_configuration, default_args, land, tell_engineers
from dags.working_day_timetable import WorkingDayTimetable
from foundation.configuration import usable_councils
from foundation.working_days import HOURS_UNTIL_LATE, PUBLICATION_DAY, PUBLICATION_HOUR

LATE = timedelta(hours=HOURS_UNTIL_LATE)
LONGEST = timedelta(hours=6)  # then the run ends as failed, so that later runs can start
GOING_ON = ("running", "queued")
DOCS = """
### What it does
1. **take_turn** waits while another run of the month goes on, such as a backfill. **choose_sources** of the councils that are asked for. It stops the run if nothing could be landed.
2. Each council has a group of tasks. Each **land** fetches the extracts of a source, keeps the originals, types and pseudonymises rows, and keeps rejected rows with reasons.
   When all sources of the council have landed, **check** asks of each: is the month believable? A blocking rule holds the delivery. The last good one stays in force.
3. **tell_engineers** which checks could not run. **tell_owners**: one digest per source in which something changed, by mail and in `alerts/`.
4. **build** every fact and mart in full with dbt, and run its tests.
5. **check_marts**: do the marts hold together? If not, nothing is published.
6. **check_completeness**: is every source of the month delivered, checked and reconciled? If a source that a publication needs is not, the run stops here unless overridden.
7. **publish** aside, **write_scorecards**, then **switch_latest** in one step. A past month never takes the place of a later one.
8. **tell_officer** what the publication lacks and why, or why there is none.
9. **confirm_deliveries** prints what each step took. It fails the run if a delivery is held, after everything that can be published was published. This alone alerts nobody.

### To do one source again
Open the council's group, and clear the source's task with *downstream*. Its council is checked again; build and publication follow. Nothing else is done again.

### A past month
Trigger the DAG with a day of that month in the form. For several months, type `airflow backfill create --dag-id workforce_month --from-date ... --to-date ...`.

### When it fails
`docs/runbooks/workforce_month.md` has a section for each task. Any task can be cleared and run again. Nothing is done twice.
"""


@dag(
    schedule=WorkingDayTimetable(PUBLICATION_DAY, PUBLICATION_HOUR),
    catchup=False,
    max_active_runs=1,
    deadline=late_after(LATE),
    dagrun_timeout=LONGEST,
    default_args=default_args(),
    doc_md=DOCS,
    tags=["workforce"],
)
def workforce_month():
    from dags.progress import built, checked_marts, chosen, lacking, skip_in_a_dry_run, summed_up, tasks_of, told, without_retry

    @task.sensor(mode="reschedule", poke_interval=30, timeout=LONGEST.total_seconds())
    @without_retry
    def take_turn(run_id: Any = None, dag: Any = None, ti: Any = None) -> bool:
        """Wait, without a process, until no other run of the month is between its first and last task."""
        from foundation.storage import storage
        from warehouse.build_turn import take_turn

        return take_turn(storage(), run_id, lambda other: ti.get_dagrun_state(dag.dag_id, other) in GOING_ON)

    @task.branch
    @without_retry
    def choose_sources(known: dict[str, list[str]], build: str, others: list[str], params: Any = None, dag_run: Any = None) -> list[str]:
        """The tasks to follow: of the councils that are asked for, those that tell of them, and the build. In a dry run, the build alone."""
        from ingestion.landing.landing_readiness import refuse_unless_ready

        refuse_unless_ready()
        return [build, *chosen(asked(params, dag_run), known, others)]

    @task(trigger_rule="all_done")
    @without_retry
    def tell_owners() -> None:
        """Write one digest per source in which something changed. Send it if an address is configured."""
        from alerts.owner_mail import tell_owners
        from foundation.configuration import council_sources

        told(tell_owners(council_sources(), datetime.now(UTC)))

    @task(trigger_rule="all_done", **THE_BUILD)
    @without_retry
    def build(params: Any = None, dag_run: Any = None, run_id: Any = None) -> bool:
        """Rebuild facts and marts. A failing model or test stops the run here."""
        from ingestion.landing.landing_readiness import refuse_unless_ready
        from warehouse.build import build

        refuse_unless_ready()  # it runs after sources that failed, but not if none could be landed
        run = asked(params, dag_run)
        with step("build") as this:
            made = build(run.as_known_at, month=run.month, run_id=run_id)
            this.rows = made.models
        built(made)
        return True

    @task(**THE_BUILD)
    @without_retry
    def check_marts(run_id: Any = None) -> bool:
        """Refuse marts that do not hold together."""
        from expectations.source_check import check_marts
        from foundation.storage import storage
        from warehouse.build_turn import refuse_other_build

        refuse_other_build(storage(), run_id)
        with step("check marts") as this:
            results = check_marts()
            this.rows = len(results)
        checked_marts(results)
        return True

    @task(**THE_BUILD)
    @without_retry
    def check_completeness(run_id: Any = None) -> bool:
        """Refuse to publish a month without the sources that it needs, unless an authorised role overrode this."""
        from expectations.completeness import check_completeness
        from foundation.storage import storage
        from warehouse.build_turn import refuse_other_build

        refuse_other_build(storage(), run_id)
        with step("gate"):
            lacking(check_completeness())
        return True

    @task(**THE_BUILD)
    @without_retry
    def publish(params: Any = None, dag_run: Any = None, run_id: Any = None) -> str:
        """Write the publication into a folder aside."""
        from foundation.storage import storage
        from warehouse.build_turn import refuse_other_build
        from warehouse.publish import stage_publication

        skip_in_a_dry_run(asked(params, dag_run))
        refuse_other_build(storage(), run_id)
        with step("publish"):
            return str(stage_publication())

    @task
    @without_retry
    def write_scorecards(staged: str) -> str:
        """Write one page per council for its board and one on data quality, from the staged publication's marts."""
        from reporting.printed import print_or_say
        from reporting.quality import write_quality_pages
        from reporting.scorecard import write_scorecards

        with step("scorecards"):
            pages = write_scorecards(Path(staged))
            write_quality_pages(Path(staged))
            print_or_say(pages)
        return staged

    @task
    @without_retry
    def switch_latest(staged: str) -> str:
        """Make the staged publication the one that readers see."""
        from warehouse.publish import switch_latest

        return str(switch_latest(Path(staged)))

    @task(trigger_rule="all_done")
    @without_retry
    def tell_officer(
        published: str | None,
        is_built: bool | None,
        is_sound: bool | None,
        is_complete: bool | None,
        params: Any = None,
        dag_run: Any = None,
    ) -> None:
        """Tell the board's officer what the publication lacks and why, once per publication. Or that there is none, and why."""
        from alerts.officer import tell_not_published, tell_officer

        skip_in_a_dry_run(asked(params, dag_run))
        page = tell_officer(Path(published)) if published else tell_not_published(is_built, is_sound, is_complete, datetime.now(UTC))
        told([page] if page else [])

    # Whoever must act was told by the task that found it.
    @task(trigger_rule="all_done", on_failure_callback=[], **THE_BUILD)
    @without_retry
    def confirm_deliveries(
        published: str | None,
        is_complete: bool | None,
        known: dict[str, list[str]],
        held: dict[str, list[str] | None],
        params: Any = None,
        dag_run: Any = None,
        run_id: Any = None,
    ) -> None:
        """Print what each step took. Fail the run if anything is held or missing: a run's state comes from its last task."""
        from warehouse.publish import confirm

        summed_up(run_id)
        run = asked(params, dag_run)
        confirm(published, is_complete, {task: held[task] for task in tasks_of(run, known)}, run.dry_run)

    known: dict[str, list[str]] = {}
    held: dict[str, Any] = {}
    ends = []
    councils = usable_councils()
    with TaskGroup("councils"):
        for council in councils:
            with TaskGroup(council.organisation_id, tooltip=council.name):
                landing = [
                    land.override(task_id=f"land_{source}")(organisation_id=council.organisation_id, source=source)
                    for source in council.sources
                ]
                is_checked = check.override(task_id="check")(organisation_id=council.organisation_id)
                landing >> is_checked
            those = [*landing, is_checked]
            known[council.organisation_id] = [output.operator.task_id for output in those]
            held |= {output.operator.task_id: output for output in those}
            ends.append(is_checked)

    check_configuration()
    engineers, owners = tell_engineers(again=True), tell_owners()
    is_built, is_sound, is_complete, staged = build(), check_marts(), check_completeness(), publish()
    published = switch_latest(write_scorecards(staged))
    tell_officer(published, is_built, is_sound, is_complete)
    followed = choose_sources(known, is_built.operator.task_id, [output.operator.task_id for output in (engineers, owners)])
    take_turn() >> followed >> [*held.values(), engineers, owners, is_built]
    ends >> engineers
    ends >> owners
    ends >> is_built
    is_built >> is_sound >> is_complete >> staged
    followed >> confirm_deliveries(published, is_complete, known, held)
    # Only now: Airflow copies the form four times for each task that is made while the DAG has it.
    is_built.operator.dag.params = form([council.organisation_id for council in councils])


month = workforce_month()

if __name__ == "__main__":
    from dags.progress import run_month

    sys.exit(run_month(month))
