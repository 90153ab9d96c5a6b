"""Build the marts in full: raw into one DuckDB file, then one dbt process over it."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from disclosure.classes import NoClass, classes
from disclosure.policy import usable_policy
from foundation.configuration import ConfigurationError, UnusableCouncil, configuration_folder, councils
from foundation.rekeyed import refuse_half_rekeyed
from foundation.storage import Storage, private, storage
from warehouse.inputs import RowsLost, refuse_lost_rows, write_inputs
from warehouse.models import Models, ModelsFailed
from warehouse.raw_rows import texts
from warehouse.run_steps import forget_old_steps, write_steps

# Without these, raw takes the same space in the file and half the time to write.
SLOW_COMPRESSIONS = "alp,alprd,chimp,dict_fsst,fsst,patas,zstd"
log = logging.getLogger(__name__)


class BuildFailed(Exception):
    """dbt refused the build: a model, a contract or a test. The message names which and why."""


class BuildRunning(Exception):
    """Another build writes the same file. The message says so. Try again later."""


@dataclass(frozen=True)
class Build:
    """What a build made: the database, how many models and tests ran, and which councils are not in it because of their configuration.

    `damage` has a sentence for each file that it did not use because it is missing or damaged.
    """

    database: Path
    models: int
    tests: int
    left_out: tuple[UnusableCouncil, ...] = ()
    damage: tuple[str, ...] = ()


def build(as_known_at: datetime | None = None, with_tests: bool = True, month: str | None = None, run_id: str = "") -> Build:
    """Rebuild every layer of the models from raw.

    `as_known_at` (with a time zone): the ledger is read as the warehouse knew it at this time, so that any past state can be built again.
    Without it, the time is now. `month` (`YYYY-MM`): deliveries of later months are left out, so that any past month is the last one. `run_id`: the
    run that builds. All three are kept in `operations.build`.
    Raises BuildFailed if a model or a test fails, or if accepted rows are not in raw: nothing may be published from it. Raises
    ConfigurationError, and BuildRunning if another build of the data root is running, whoever started it.
    """
    place = storage()
    try:
        with FileLock(private(place.build_folder) / ".lock", timeout=0):
            results = _build_anew(place, as_known_at, with_tests, month, run_id)
            _keep_results(place, results)
    except Timeout:
        raise BuildRunning(
            f"Another build of {place.build_database} is running, by hand or by a DAG. Nothing was changed. Wait until it ends, then build again"
        ) from None
    try:
        classes(place)
    except NoClass as missing:
        raise BuildFailed(
            f"The build stopped, because not every column of the marts has a class. Nothing is published from it.\n  {missing}"
        ) from None
    failed = [result for result in results if result["status"] not in ("success", "pass", "warn")]
    if failed:
        raise BuildFailed(_why(failed))
    tests = sum(1 for result in results if result["unique_id"].startswith(("test.", "unit_test.")))
    log.info("built %s models and seeds, %s tests passed", len(results) - tests, tests)
    return Build(place.build_database, len(results) - tests, tests, tuple(left_out(place)), tuple(damage_in(place)))


def left_out(place: Storage) -> list[UnusableCouncil]:
    """The councils that are not in the build because their configuration cannot be used; none if there is no build."""
    if not place.build_database.exists():
        return []
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        return left_out_of(built)


def damage_in(place: Storage) -> list[str]:
    """A sentence for each file that the build did not use because it is missing or damaged. None if there is no build."""
    if not place.build_database.exists():
        return []
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        return texts(built, "select says from operations.damage order by 1") if _has_table(built, "damage") else []


def left_out_of(built: duckdb.DuckDBPyConnection) -> list[UnusableCouncil]:
    """The councils that are not in an open build. None if the build does not say so, because it stopped early or an earlier version made it."""
    if not _has_table(built, "left_out"):
        return []
    found = built.execute("select organisation_id, says from operations.left_out order by all").fetchall()
    return [UnusableCouncil(*row) for row in found]


def _has_table(built: duckdb.DuckDBPyConnection, name: str) -> bool:
    says_so = "select 1 from duckdb_tables() where schema_name = 'operations' and table_name = ?"
    return bool(built.execute(says_so, [name]).fetchall())


def _build_anew(place: Storage, as_known_at: datetime | None, with_tests: bool, month: str | None, run_id: str) -> list[dict[str, str]]:
    """Build raw, then the models. The process of the models starts first, so that dbt reads the project meanwhile. Returns the results of the nodes."""
    with Models(place, with_tests) as models:
        write_raw(place, as_known_at, month, run_id)
        try:
            return _results(models.build())
        except ModelsFailed as why:
            raise BuildFailed(f"dbt could not start the build:\n{why}") from None


def write_raw(place: Storage, as_known_at: datetime | None = None, month: str | None = None, run_id: str = "") -> None:
    """Begin a new build file, with schema `raw` and the time up to which it knows. Raises BuildFailed and ConfigurationError, see `build`."""
    refuse_half_rekeyed(place)
    private(place.build_folder)
    database = place.build_database
    for leftover in (database, database.with_name(database.name + ".wal")):
        leftover.unlink(missing_ok=True)
    knows_until = as_known_at or datetime.now(UTC)
    with duckdb.connect(str(database), config={"disabled_compression_methods": SLOW_COMPRESSIONS}) as connection:
        connection.execute("create schema operations")
        connection.execute(
            "create table operations.build as select cast(? as timestamptz) as as_known_at, cast(? as varchar) as month, cast(? as varchar) as run_id",
            [knows_until, month, run_id],
        )
        usable, unusable = councils()
        if not usable:
            raise ConfigurationError("\n".join(map(str, unusable)))
        without_policy = usable_policy(knows_until.date(), usable)
        unusable += without_policy
        usable = [council for council in usable if council.organisation_id not in {other.organisation_id for other in without_policy}]
        of_tables, damage = write_inputs(connection, place, configuration_folder(), usable, as_known_at, month)
        unusable += of_tables
        forget_old_steps(place)
        write_steps(connection, place)
        connection.execute("create table operations.left_out (organisation_id varchar, says varchar)")
        for unusable_council in unusable:
            connection.execute("insert into operations.left_out values (?, ?)", [unusable_council.organisation_id, unusable_council.says])
        connection.execute("create table operations.damage (says varchar)")
        for says in damage:
            log.warning("%s", says)
            connection.execute("insert into operations.damage values (?)", [says])
        try:
            refuse_lost_rows(connection)
        except RowsLost as lost:
            raise BuildFailed(str(lost)) from None


def _results(file: Path) -> list[dict[str, str]]:
    """One entry per node that dbt ran: id, status, seconds, message."""
    written = json.loads(file.read_text(encoding="utf-8"))["results"]
    return [
        {
            "unique_id": council["unique_id"],
            "status": council["status"],
            "seconds": council["execution_time"],
            "message": council.get("message") or "",
        }
        for council in written
    ]


def _keep_results(place: Storage, results: list[dict[str, str]]) -> None:
    """Keep the nodes' results in the build file. One process per build loses no detail."""
    with duckdb.connect(str(place.build_database)) as connection:
        connection.execute(
            "create or replace table operations.node_result (unique_id varchar, status varchar, seconds double, message varchar)"
        )
        connection.executemany(
            "insert into operations.node_result values (?, ?, ?, ?)",
            [[result["unique_id"], result["status"], result["seconds"], result["message"]] for result in results],
        )


def _why(failed: list[dict[str, str]]) -> str:
    told = [failure for failure in failed if failure["status"] != "skipped"] or failed
    lines = [f"  {failure['unique_id']}: {' '.join(str(failure['message']).split())}" for failure in told[:10]]
    return "The build stopped. Nothing is published from it.\n" + "\n".join(lines)
