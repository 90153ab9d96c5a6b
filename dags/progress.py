"""What a person sees while the DAG runs: one line per step. At a terminal also times, figures and what failed."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from alerts.owner_mail import NotTold
from contracts import ContractError
from dags.airflow_cleaning import CleaningFailed
from dags.run_form import Asked
from expectations.completeness import Gap, Incomplete
from expectations.council_check import SourcesNotChecked
from expectations.engine.check_rule import RuleResult, errors, refusals
from expectations.marts_check import CheckErrored, MartsRefused
from foundation.configuration import ConfigurationError, configuration_folder, organisations
from foundation.layout import LayoutError
from foundation.storage import storage
from foundation.withdrawals import says_withdrawn
from ingestion.arriving.arrival_places import PlaceFailed
from ingestion.arriving.new_arrivals import Arrived, new_arrivals
from ingestion.arriving.source_fetching import Arrival
from ingestion.landing.landing_report import SourceReport
from ingestion.refusal import is_panic
from reporting.published_marts import NothingPublished
from upkeep.finding import Examined, NotWell
from warehouse.build import Build, BuildFailed, BuildKilled, BuildRunning
from warehouse.build_turn import BuildOfAnotherRun, end_turn
from warehouse.engine_words import place_of
from warehouse.leftovers import Removed
from warehouse.publish import NotAllWell, NothingToPublish
from warehouse.run_steps import keep_steps, steps, table

# Errors that say what a person must do. A second try would say the same.
FOR_A_PERSON = (
    BuildFailed,
    BuildOfAnotherRun,
    CheckErrored,
    ConfigurationError,
    ContractError,
    Incomplete,
    MartsRefused,
    NotAllWell,
    NotWell,
    NothingPublished,
    NothingToPublish,
)

# Errors of this project that another try may fix, and Airflow's own.
SAYS_NO_VALUE = (AirflowException, BuildKilled, BuildRunning, CleaningFailed, NotTold, PlaceFailed, SourcesNotChecked)

MOST_NOTES = 3  # per source and run, at a terminal; the ledger has them all


class StepFailed(Exception):
    """A step met an unexpected error. The message gives its kind and the lines of code where it was raised."""


P = ParamSpec("P")
R = TypeVar("R")


def without_retry(step: Callable[P, R]) -> Callable[P, R]:
    """Make a task fail at once, with the error's own words, if another try cannot fix the error.

    Airflow tries again after any other error. Its words may quote a value of an extract, and Airflow keeps what a task says. So only its kind
    and the lines of code are given.
    """

    @functools.wraps(step)
    def once(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return step(*args, **kwargs)
        except FOR_A_PERSON as error:
            _print(f"\n{error}\n")
            raise AirflowFailException(str(error)) from None
        except SAYS_NO_VALUE:
            raise
        except BaseException as error:
            if not isinstance(error, Exception) and not is_panic(error):
                raise
            told = place_of(error)
            _print(f"\n{told}\n")
            raise StepFailed(told) from None

    return once


def fetched(arrival: Arrival) -> list[str]:
    """Print what was fetched from the place where a source's files arrive. Return why files are left there."""
    left = [problem.message for problem in arrival.problems if problem.severity == "held"]
    if arrival.fetched or left:
        _print(
            f"  fetch  {arrival.organisation_id:<15} {arrival.source:<15} {arrival.fetched} files fetched, {arrival.already_known} known"
        )
    for message in left:
        _print(f"         LEFT  {message}")
    return left


def landed(report: SourceReport) -> list[str]:
    """Print which of a source's files landed, and notes about them. Return why files are held."""
    held = [problem.message for problem in report.problems if problem.severity == "held"]
    files = f"{report.landed} files landed, {report.already_known} known" + (f", {report.held} HELD" if report.held else "")
    rows = f"{report.rows_read:,} rows = {report.rows_accepted:,} accepted + {report.rows_rejected:,} rejected"
    _print(f"  land   {report.organisation_id:<15} {report.source:<15} {files}; {rows} + {report.rows_left_out:,} left out")
    for message in held:
        _print(f"         HELD  {message}")
    notes = [problem.message for problem in report.problems if problem.severity != "held"]
    for message in notes[:MOST_NOTES]:
        _print(f"         note  {message}")
    if len(notes) > MOST_NOTES:
        _print(f"         and {len(notes) - MOST_NOTES} more notes: python -m warehouse.ledger --source {report.source} --problems")
    return held


def checked(organisation_id: str, source: str, results: Sequence[RuleResult]) -> list[str]:
    """Print what the checks of a source found. Return why deliveries are held, and which checks could not run."""
    failed = sorted(
        {
            f"{result.rule_id} {result.severity if result.outcome == 'failed' else result.outcome}"
            for result in results
            if result.outcome != "passed"
        }
    )
    _print(f"  check  {organisation_id:<15} {source:<15} {len(results)} results, " + (", ".join(failed) if failed else "all passed"))
    held = [f"{organisation_id} {source} {result.period}: {result.rule_id}: {result.says}. {result.fix}" for result in refusals(results)]
    broken = [
        f"{organisation_id} {source}: {rule} could not be checked. An engineer must look at it"
        for rule in sorted({result.rule_id for result in errors(results)})
    ]
    for message in held:
        _print(f"         HELD  {message}")
    return held + broken


def arrived(found: Sequence[Arrived]) -> list[dict[str, str]]:
    """Print for which sources something is to be landed, and why. Return them."""
    for source in found:
        _print(f"  look   {source.organisation_id:<15} {source.source:<15} {source.why}")
    return [{"organisation_id": source.organisation_id, "source": source.source} for source in found]


def due(councils: Mapping[str, str]) -> list[dict[str, str]]:
    """Print which councils' checks are due, and why. Return them."""
    for organisation_id, why in councils.items():
        _print(f"  look   {organisation_id:<15} {'to check':<15} {why}")
    if not councils:
        _print("  look   no checks are due: nothing changed since the last ones")
    return [{"organisation_id": organisation_id} for organisation_id in councils]


def chosen(run: Asked, known: Mapping[str, Sequence[str]], others: Sequence[str]) -> list[str]:
    """Print what a run is to do. Return the tasks to follow: of the councils that are asked for, by `known`, and `others`; none in a dry run.

    Raises ConfigurationError for a council that Airflow does not know.
    """
    configured = [council.organisation_id for council in organisations()]
    if unknown := sorted({*configured, *run.councils} - set(known)):
        raise ConfigurationError(
            f"{', '.join(unknown)}: this run does not know the council. Councils are read from {configuration_folder()} every minute. "
            "Trigger the run again in a minute, with a council that is configured"
        )
    of = f"month {run.month}" if run.month else "the last month that was delivered"
    _print(f"  run    {of}" + (f", as known at {run.as_known_at:%Y-%m-%d %H:%M %Z}" if run.as_known_at else ""))
    if run.dry_run:
        arrived(new_arrivals(organisations(), storage()))
        _print("  run    dry run: nothing is landed, published or sent")
        return []
    return [*tasks_of(run, known), *others]


def tasks_of(run: Asked, known: Mapping[str, Sequence[str]]) -> list[str]:
    """The tasks of the councils that are asked for, by `known`. None in a dry run."""
    return [] if run.dry_run else [task for council in run.councils or known for task in known[council]]


def skip_in_a_dry_run(run: Asked) -> None:
    """Skip the task, and what needs its result, in a dry run."""
    if run.dry_run:
        raise AirflowSkipException("Dry run: nothing is published or sent")


def told(pages: Sequence[Path]) -> None:
    """Print what owners were told."""
    for page in pages:
        _print(f"  tell   {page.parent.parent.name:<15} {page.parent.name:<15} {page.name}")


def built(made: Build) -> None:
    """Print what dbt made."""
    _print(f"  build  {made.models} models and seeds, each with its contract and grain. {made.tests} tests passed")
    for says in made.damage:
        _print(f"         HELD  {says}")


def checked_marts(results: Sequence[RuleResult]) -> None:
    """Print what the checks of the marts found."""
    failed = [result.rule_id for result in results if result.outcome != "passed"]
    _print(f"  check  marts: {len(results)} results, " + (", ".join(failed) if failed else "all passed"))


def lacking(gaps: Sequence[Gap]) -> None:
    """Print what the month lacks but does not stop publication."""
    for gap in gaps:
        _print(f"  gate   {gap}")


def removed(what: str, gone: Removed) -> None:
    """Print how much the housekeeping removed."""
    _print(f"  clean  {what}: {gone.count:,} removed" + (f", {gone.size / 1_000_000:.1f} MB" if gone.size else ""))


def looked_at(examined: Examined) -> None:
    """Print what the doctor looked at. Raises NotWell with its findings."""
    if examined.findings:
        raise NotWell("\n".join(examined.lines()))
    _print(f"  doctor {' '.join(examined.lines())}")


def summed_up(run_id: str) -> None:
    """Print what each step of a run took, and keep it in the build. Let the next run have its turn."""
    store = storage()
    _print(table(steps(store, run_id)))
    keep_steps(store)
    end_turn(store, run_id)


def stage_times(tasks: Iterable[Any]) -> str:
    """Seconds per task, with its mapped runs added up, in order of start."""
    seconds: dict[str, float] = defaultdict(float)
    runs: dict[str, int] = defaultdict(int)
    for task in sorted((task for task in tasks if task.start_date and task.end_date), key=lambda task: task.start_date):
        # Each source has a task of its own, in its council's group.
        stage = task.task_id.rpartition(".")[2].partition("_")[0] if "." in task.task_id else task.task_id
        seconds[stage] += (task.end_date - task.start_date).total_seconds()
        runs[stage] += 1
    return "\n".join(f"  {stage:<20} {seconds[stage]:6.1f} s  {runs[stage]:>3} tasks" for stage in seconds)


def run_month(month: Any) -> int:
    """Run the DAG in this process on the metadata database of AIRFLOW_HOME. Returns 0, 1 if a delivery or a
    step failed, 2 if it is already running."""
    from dags.by_hand import AnotherRun, alone, run_here
    from reporting.summary import latest_indicators

    started = time.monotonic()
    try:
        _print(f"Running workforce_month over {storage().home}")
        with alone(month.dag_id) as killed:
            if killed:
                _print(f"  {killed} earlier run was killed before its end. It is marked as failed")
            run = run_here(month)
    except (AnotherRun, LayoutError) as refused:
        _print(str(refused))
        return 2
    _print("\nTime of each stage")
    _print(stage_times(run.get_task_instances()))
    _print(f"  {'all':<20} {time.monotonic() - started:6.1f} s")
    latest = storage().latest
    if says := says_withdrawn(latest):
        _print(f"\n{says}")
    elif latest.exists():
        _print(f"\n{latest_indicators(latest)}\n\nScorecards")
        for page in sorted((latest / "inside" / "scorecard").glob("*.html")):
            _print(f"  {page}")
    if str(run.state) != "success":
        _print("\nSomething is held or failed: see above. Everything that could be published was published.")
        return 1
    return 0


def _print(line: str) -> None:
    print(line, flush=True)
