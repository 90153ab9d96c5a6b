"""The month's run: from extracts to a publication. Wiring only; what a task does is a function of the stage's package."""

from __future__ import annotations

import sys
from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task
from airflow.sdk.exceptions import AirflowFailException

from warehouse.configuration import organisations

DOCS = """
### What it does
1. **land** each extract of each council and source: original kept, rows typed and pseudonymised, refused rows kept with reasons.
2. **check_source**: is the month believable? A blocking rule holds that delivery; the last good one stays in force.
3. **build** every fact and mart in full with dbt, and run its tests.
4. **check_marts**: do the marts hold together? If not, nothing is published.
5. **publish** aside, **write_scorecards**, then **switch_latest** in one step.
6. **confirm_deliveries** fails the run if a delivery was held, after everything that can be published was.

### When it fails
`docs/runbooks/` has a page for each task. Any task can be cleared and run again: nothing is done twice.
"""


@dag(
    schedule=CronTriggerTimetable("0 6 12 * *", timezone="Europe/London"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "data engineering", "retries": 2, "retry_delay": timedelta(minutes=1)},
    doc_md=DOCS,
    tags=["workforce"],
)
def workforce_month():
    @task
    def council_sources() -> list[dict[str, str]]:
        """Each council and source that is configured."""
        return [{"organisation_id": one.organisation_id, "source": source} for one in organisations() for source in one.sources]

    @task(map_index_template="{{ organisation_id }} {{ source }}")
    def land(organisation_id: str, source: str) -> dict[str, str]:
        """Land what has arrived. A file that cannot be used is held; the others go on."""
        from dags.progress import landed
        from ingestion.land import land_source

        print(landed(land_source(organisation_id, source)), flush=True)
        return {"organisation_id": organisation_id, "source": source}

    @task(map_index_template="{{ organisation_id }} {{ source }}", trigger_rule="all_done")
    def check_source(organisation_id: str, source: str) -> None:
        """Hold a delivery that cannot be believed."""
        from dags.progress import checked
        from expectations.check import check_source

        print(checked(organisation_id, source, check_source(organisation_id, source)), flush=True)

    @task(trigger_rule="all_done")
    def build() -> None:
        """Rebuild facts and marts; a failing model or test stops here."""
        from warehouse.build import BuildFailed, build

        try:
            made = build()
        except BuildFailed as failed:
            raise AirflowFailException(str(failed)) from None
        print(f"  build  {made.models} tables, {made.tests} tests passed", flush=True)

    @task
    def check_marts() -> None:
        """Refuse marts that do not hold together."""
        from expectations.check import MartsRefused, check_marts

        try:
            print(f"  check  marts: {len(check_marts())} results", flush=True)
        except MartsRefused as refused:
            raise AirflowFailException(str(refused)) from None

    @task
    def publish() -> str:
        """Write the publication aside."""
        from warehouse.publish import stage_publication

        return str(stage_publication())

    @task
    def write_scorecards(staged: str) -> str:
        """One page a council, from the staged publication's marts."""
        from pathlib import Path

        from reporting.scorecard import write_scorecards

        pages = write_scorecards(Path(staged))
        print(f"  pages  {len(pages)} written", flush=True)
        return staged

    @task
    def switch_latest(staged: str) -> None:
        """Make the staged publication the one that readers see."""
        from pathlib import Path

        from warehouse.publish import switch_latest

        print(f"  latest {switch_latest(Path(staged))}", flush=True)

    @task(trigger_rule="all_done")
    def confirm_deliveries() -> None:
        """Fail the run if a delivery is held or a step before failed: a run's state comes from its last task."""
        from warehouse.ledger import open_problems

        problems = open_problems()
        if problems:
            raise AirflowFailException("\n".join(["These deliveries are held; what could be published was:", *problems]))

    pairs = council_sources()
    landed = land.expand_kwargs(pairs)
    checked = check_source.expand_kwargs(landed)
    built = build()
    believed = check_marts()
    staged = publish()
    switched = switch_latest(write_scorecards(staged))
    checked >> built >> believed >> staged
    switched >> confirm_deliveries()


month = workforce_month()

if __name__ == "__main__":
    from dags.progress import run_here

    sys.exit(run_here(month))
