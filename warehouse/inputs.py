"""What dbt reads: schema `raw` of the build file, typed by the contracts, with the ledger, the checks, earlier publications and the configuration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from ingestion.contract import contract, raw_columns, sources
from warehouse import earlier, ledger
from warehouse.configuration import PUBLISHED_STATISTICS, ConfigurationError, Organisation
from warehouse.not_supplied import refuse_unknown_declarations
from warehouse.raw_rows import write_rows
from warehouse.storage import Storage


class RowsLost(Exception):
    """Raw does not hold what the ledger says was accepted. The message names the deliveries and what to do."""


LEDGER = {
    "delivery_id": "VARCHAR",
    "organisation_id": "VARCHAR",
    "source": "VARCHAR",
    "period": "VARCHAR",
    "delivers": "VARCHAR",
    "file": "VARCHAR",
    "received_at": "TIMESTAMP",
    "rows_read": "BIGINT",
    "rows_accepted": "BIGINT",
    "rows_rejected": "BIGINT",
    "rows_left_out": "BIGINT",
    "state": "VARCHAR",
    "is_in_force": "BOOLEAN",
}
CHECKS = {
    "rule_id": "VARCHAR",
    "organisation_id": "VARCHAR",
    "source": "VARCHAR",
    "period": "VARCHAR",
    "delivery_id": "VARCHAR",
    "severity": "VARCHAR",
    "outcome": "VARCHAR",
    "rows_failed": "BIGINT",
    "says": "VARCHAR",
    "fix": "VARCHAR",
    "indicators": "VARCHAR",
    "put_right_in": "VARCHAR",
    "accepted_until": "DATE",
    "run_at": "TIMESTAMP",
    "first_seen": "TIMESTAMP",
    "state": "VARCHAR",
    "rows_new": "BIGINT",
    "rows_again": "BIGINT",
    "rows_fixed": "BIGINT",
}
# Files of the configuration folder: table, columns. Those of a council get an organisation_id in front.
SHARED_FILES = {
    "config_course": (
        "courses.csv",
        {
            "course_id": "VARCHAR",
            "course_name": "VARCHAR",
            "required_of": "VARCHAR",
            "valid_months": "INTEGER",
            "due_within_days": "INTEGER",
            "multi_agency": "BOOLEAN",
            "cost_a_place": "DECIMAL(12,2)",
        },
    ),
}
# A file may end before these columns; they are then empty.
MAY_BE_LEFT_OUT = ("due_within_days", "multi_agency", "cost_a_place")
ORGANISATION_COLUMNS = {
    "organisation_id": "VARCHAR",
    "organisation_name": "VARCHAR",
    "la_code": "VARCHAR",
    "new_la_code": "VARCHAR",
    "region": "VARCHAR",
    "partnership": "VARCHAR",
    "first_month": "VARCHAR",
    "last_month": "VARCHAR",
    "is_council": "BOOLEAN",
}
SOURCE_COLUMNS = {
    "organisation_id": "VARCHAR",
    "source": "VARCHAR",
    "owner": "VARCHAR",
    "delivers": "VARCHAR",
    "is_published_statistics": "BOOLEAN",
    "due_through": "VARCHAR",
}
CASELOAD_LIMIT_COLUMNS = {"organisation_id": "VARCHAR", "from_date": "DATE", "cases": "INTEGER", "asye_cases": "INTEGER"}
TARGET_COLUMNS = {
    "organisation_id": "VARCHAR",
    "indicator_id": "VARCHAR",
    "definition_id": "VARCHAR",
    "from_date": "DATE",
    "by_date": "DATE",
    "comparison": "VARCHAR",
    "value": "DOUBLE",
    "source": "VARCHAR",
}
# A council that decided nothing about the rules has no such file.
OPTIONAL_COUNCIL_FILES = {
    "config_accepted_exception": (
        "accepted_exceptions.csv",
        {"rule_id": "VARCHAR", "from_month": "VARCHAR", "until": "DATE", "most_rows": "BIGINT", "by": "VARCHAR", "reason": "VARCHAR"},
    ),
    "config_threshold": (
        "thresholds.csv",
        {
            "rule_id": "VARCHAR",
            "from_month": "VARCHAR",
            "to_month": "VARCHAR",
            "least": "DOUBLE",
            "most": "DOUBLE",
            "by": "VARCHAR",
            "reason": "VARCHAR",
        },
    ),
}
COUNCIL_FILES = {
    "config_team_change": ("team_changes.csv", {"from_date": "DATE", "old_team_id": "VARCHAR", "new_team_id": "VARCHAR"}),
    "config_post_grade": ("post_grades.csv", {"list": "VARCHAR", "job_role": "VARCHAR", "from_date": "DATE", "to_date": "DATE"}),
    "config_not_supplied": (
        "not_supplied.csv",
        {
            "source": "VARCHAR",
            "measure": "VARCHAR",
            "from_month": "VARCHAR",
            "to_month": "VARCHAR",
            "symbol": "VARCHAR",
            "counts_above": "VARCHAR",
        },
    ),
}


def tables() -> dict[str, dict[str, str]]:
    """Every table of schema `raw` that dbt may read: its columns in order and their SQL types."""
    council = {"organisation_id": "VARCHAR"}
    return {
        **{source: source_columns(source) for source in sources()},
        "ledger": LEDGER,
        "checks": CHECKS,
        "check_runs": CHECKS,
        **earlier.TABLES,
        "config_organisation": ORGANISATION_COLUMNS,
        "config_source": SOURCE_COLUMNS,
        "config_caseload_limit": CASELOAD_LIMIT_COLUMNS,
        "config_target": TARGET_COLUMNS,
        **{table: columns for table, (_, columns) in SHARED_FILES.items()},
        **{table: council | columns for table, (_, columns) in (COUNCIL_FILES | OPTIONAL_COUNCIL_FILES).items()},
    }


def write_inputs(
    connection: duckdb.DuckDBPyConnection, storage: Storage, folder: Path, councils: list[Organisation], as_known_at: datetime | None = None
) -> None:
    """Write schema `raw` into the connection's database, with the ledger and the checks as known at an instant (None: now).

    A source without files reads as an empty typed table. Raises ConfigurationError naming file and line.
    """
    connection.execute("create schema if not exists raw")
    for source in sources():
        _write_source(connection, storage, source)
    known = ledger.deliveries(store=storage)
    _write_ledger(connection, ledger.as_known(known, as_known_at))
    _write_checks(connection, storage, None if as_known_at is None or ledger.is_before_all(known, as_known_at) else as_known_at)
    earlier.write_earlier_publications(connection, storage, as_known_at)
    _write_councils(connection, councils, as_known_at or datetime.now(UTC))
    for table, (name, columns) in SHARED_FILES.items():
        _write_csv(connection, table, folder / name, columns)
    _write_csv(connection, "config_target_written", folder / "targets.csv", TARGET_COLUMNS)
    unknown = _texts(
        connection,
        "select distinct organisation_id from raw.config_target_written anti join raw.config_organisation using (organisation_id)",
    )
    if unknown:
        raise ConfigurationError(
            f"{folder / 'targets.csv'}: no council is configured as {', '.join(unknown)}. Correct organisation_id, or leave it empty for every council"
        )
    # A target that names no council is every council's.
    connection.execute("""
        create table raw.config_target as
        select councils.organisation_id, targets.* exclude (organisation_id)
        from raw.config_target_written as targets
        inner join raw.config_organisation as councils
            on councils.is_council and (targets.organisation_id is null or targets.organisation_id = councils.organisation_id)
    """)
    for table, (name, columns) in COUNCIL_FILES.items():
        _write_council_files(connection, table, [(one.organisation_id, one.folder / name) for one in councils], columns)
    for table, (name, columns) in OPTIONAL_COUNCIL_FILES.items():
        there = [(one.organisation_id, one.folder / name) for one in councils if (one.folder / name).exists()]
        _write_council_files(connection, table, there, columns)
    refuse_unknown_declarations(connection, folder)


def _write_source(connection: duckdb.DuckDBPyConnection, storage: Storage, source: str) -> None:
    """A source's raw table; what files of an older contract do not have is empty in their rows."""
    files = sorted((storage.home / "raw" / source).glob("organisation=*/period=*/*.parquet"))
    write_rows(connection, f"raw.{source}", files, source_columns(source))


def source_columns(source: str) -> dict[str, str]:
    """The columns of a source's raw table, in order, and their SQL types."""
    return {"organisation_id": "VARCHAR", "period": "VARCHAR"} | {name: kind.upper() for name, kind in raw_columns(contract(source))}


def _columns(kinds: dict[str, str]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())


def _write_checks(connection: duckdb.DuckDBPyConnection, storage: Storage, made_by: datetime | None) -> None:
    """The results of the last checks, and of earlier runs what was open or put right in them; of the runs made by an instant (None: all).

    What was found in a delivery that is not in the ledger as known was not known either. Of a run that is not the last of all, the results
    that passed are not kept any more.
    """
    _write_parquet(connection, "checks", sorted(storage.checks.glob("*__*.parquet")), CHECKS)
    _write_parquet(connection, "check_runs", sorted((storage.home / "quality").glob("*/*/*.parquet")), CHECKS)
    if made_by is not None:
        instant = {"instant": made_by.astimezone(UTC).replace(tzinfo=None)}
        connection.execute("delete from raw.check_runs where run_at > $instant", instant)
        connection.execute(
            """
            insert into raw.checks
            select runs.*
            from raw.check_runs as runs
            inner join (select organisation_id, source, max(run_at) as run_at from raw.check_runs group by all) as last
                using (organisation_id, source, run_at)
            where (runs.organisation_id, runs.source) in (select (organisation_id, source) from raw.checks where run_at > $instant)
            """,
            instant,
        )
        connection.execute("delete from raw.checks where run_at > $instant", instant)
    for table in ("checks", "check_runs"):
        connection.execute(f"delete from raw.{table} where delivery_id not in (select delivery_id from raw.ledger)")


def _write_ledger(connection: duckdb.DuckDBPyConnection, known: Sequence[ledger.Delivery]) -> None:
    """The ledger as known, and of each organisation, source and period which delivery is in force."""
    of_source: dict[tuple[str, str], list[ledger.Delivery]] = defaultdict(list)
    for one in known:
        of_source[one.organisation_id, one.source].append(one)
    chosen = {id(one) for those in of_source.values() for one in ledger.in_force(those).values()}
    written = {name: [getattr(one, name) for one in known] for name in LEDGER if name not in ("received_at", "is_in_force")}
    written["received_at"] = [datetime.fromisoformat(one.received_at).astimezone(UTC).replace(tzinfo=None) for one in known]
    written["is_in_force"] = [id(one) in chosen for one in known]
    _write_records(connection, "ledger", LEDGER, written)


def _write_records(
    connection: duckdb.DuckDBPyConnection, table: str, kinds: dict[str, str], written: Mapping[str, Sequence[object]]
) -> None:
    """Make a table of these values of each column: one statement for all rows, since one a row takes a millisecond each."""
    connection.execute(f"create table raw.{table} ({_columns(kinds)})")
    connection.register("records", pl.DataFrame(written).to_arrow())
    connection.execute(f"insert into raw.{table} select {', '.join(kinds)} from records")
    connection.unregister("records")


def _write_parquet(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path], kinds: dict[str, str]) -> None:
    connection.execute(f"create table raw.{table} ({_columns(kinds)})")
    if files:
        connection.execute(
            f"insert into raw.{table} select {', '.join(kinds)} from read_parquet($files, union_by_name = true)",
            {"files": [str(one) for one in files]},
        )


def _write_councils(connection: duckdb.DuckDBPyConnection, councils: list[Organisation], known_at: datetime) -> None:
    named = {column: "name" if column == "organisation_name" else column for column in ORGANISATION_COLUMNS}
    _write_records(
        connection,
        "config_organisation",
        ORGANISATION_COLUMNS,
        {column: [getattr(one, attribute) for one in councils] for column, attribute in named.items()},
    )
    settings = [(one.organisation_id, setting) for one in councils for setting in one.sources.values()]
    _write_records(
        connection,
        "config_source",
        SOURCE_COLUMNS,
        {
            "organisation_id": [council for council, _ in settings],
            "source": [one.source for _, one in settings],
            "owner": [one.owner for _, one in settings],
            "delivers": [one.delivers for _, one in settings],
            "is_published_statistics": [one.source in PUBLISHED_STATISTICS for _, one in settings],
            "due_through": [one.due_through(known_at.date()) for _, one in settings],
        },
    )
    limits = [(one.organisation_id, limit) for one in councils for limit in one.caseload_limits]
    _write_records(
        connection,
        "config_caseload_limit",
        CASELOAD_LIMIT_COLUMNS,
        {
            "organisation_id": [council for council, _ in limits],
            "from_date": [one.from_date for _, one in limits],
            "cases": [one.cases for _, one in limits],
            "asye_cases": [one.asye_cases for _, one in limits],
        },
    )


def refuse_lost_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise RowsLost if a delivery that may be in force has other rows in schema `raw` than the ledger says were accepted."""
    counted = " union all ".join(
        f"select '{source}' as source, organisation_id, delivery_id, count(*) as n from raw.{source} group by all" for source in sources()
    )
    lost = _texts(
        connection,
        f"""
        select ledger.organisation_id || ' ' || ledger.source || ' ' || ledger.delivery_id
        from raw.ledger as ledger
        left join ({counted}) as found using (source, organisation_id, delivery_id)
        where ledger.state <> 'held' and ledger.rows_accepted <> coalesce(found.n, 0)
        order by 1
        """,
    )
    if lost:
        shown = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        raise RowsLost(
            f"Rows that the ledger has as accepted are not in raw: {shown}. Nothing is built from the rest. "
            "How to make raw again from the originals: docs/runbooks/workforce_month.md#make-raw-again"
        )


def _texts(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """The values of a query's one column, without the missing ones."""
    return [str(row[0]) for row in connection.execute(query).fetchall() if row[0] is not None]


def _there(path: Path, kinds: dict[str, str]) -> dict[str, str]:
    """The columns that a file of the configuration has. Raises ConfigurationError where they are not those it must have."""
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no such file. It must have the columns {', '.join(kinds)}, if only as a header line")
    written = path.read_text(encoding="utf-8-sig").partition("\n")[0].strip().split(",")
    there = dict(list(kinds.items())[: len(written)])
    if written != list(there) or not {name for name in kinds if name not in there} <= set(MAY_BE_LEFT_OUT):
        raise ConfigurationError(f"{path}: the header is {','.join(written)}; it must be {','.join(kinds)}, in this order")
    return there


READ_CSV = "read_csv($paths, header = true, delim = ',', quote = '\"', columns = $kinds, auto_detect = false, filename = '=file')"


def _write_csv(connection: duckdb.DuckDBPyConnection, table: str, path: Path, kinds: dict[str, str]) -> None:
    there = _there(path, kinds)
    empty = "".join(f", cast(null as {kinds[name]}) as {name}" for name in kinds if name not in there)
    try:
        connection.execute(
            f'create table raw.{table} as select * exclude ("=file"){empty} from {READ_CSV}', {"paths": [str(path)], "kinds": there}
        )
    except duckdb.Error as error:
        raise ConfigurationError(f"{path}: {_first_lines(error)}. The columns are {', '.join(kinds)}; dates are YYYY-MM-DD") from None


def _write_council_files(connection: duckdb.DuckDBPyConnection, table: str, files: list[tuple[str, Path]], kinds: dict[str, str]) -> None:
    connection.execute(f"create table raw.{table} (organisation_id varchar, {_columns(kinds)})")
    if not files:
        return
    for _, path in files:
        _there(path, kinds)
    paths = [str(path) for _, path in files]
    try:
        connection.execute(
            f'insert into raw.{table} select $councils[list_position($paths, "=file")], * exclude ("=file") from {READ_CSV}',
            {"councils": [organisation_id for organisation_id, _ in files], "paths": paths, "kinds": kinds},
        )
    except duckdb.Error:
        # One by one tells which file it is.
        for _, path in files:
            _write_csv(connection, f"{table}_one", path, kinds)
            connection.execute(f"drop table raw.{table}_one")
        raise


def _first_lines(error: duckdb.Error) -> str:
    return " ".join(str(error).splitlines()[:2])
