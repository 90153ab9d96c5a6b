"""What dbt reads: schema `raw` of the build file, typed by the contracts, with the ledger, the checks and the configuration beside it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingestion.contract import contract, raw_columns, sources
from warehouse.configuration import ConfigurationError, Organisation
from warehouse.storage import Storage

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
}
# Files of the configuration folder: table, columns. Those of a council get an organisation_id in front.
SHARED_FILES = {
    "config_course": (
        "courses.csv",
        {"course_id": "VARCHAR", "course_name": "VARCHAR", "required_of": "VARCHAR", "valid_months": "INTEGER"},
    ),
}
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
COUNCIL_FILES = {
    "config_team_change": ("team_changes.csv", {"from_date": "DATE", "old_team_id": "VARCHAR", "new_team_id": "VARCHAR"}),
    "config_post_grade": ("post_grades.csv", {"list": "VARCHAR", "job_role": "VARCHAR", "from_date": "DATE", "to_date": "DATE"}),
    "config_not_supplied": (
        "not_supplied.csv",
        {"source": "VARCHAR", "from_month": "VARCHAR", "to_month": "VARCHAR", "symbol": "VARCHAR"},
    ),
}


def write_inputs(connection: duckdb.DuckDBPyConnection, storage: Storage, folder: Path, councils: list[Organisation]) -> None:
    """Write schema `raw` into the connection's database.

    A source without files reads as an empty typed table. Raises ConfigurationError naming file and line.
    """
    connection.execute("create schema if not exists raw")
    for source in sources():
        _write_source(connection, storage, source)
    _write_json(connection, "ledger", sorted((storage.home / "ledger").glob("*/*/*.json")), LEDGER)
    _write_parquet(connection, "checks", sorted(storage.checks.glob("*__*.parquet")), CHECKS)
    _write_councils(connection, councils)
    for table, (name, columns) in SHARED_FILES.items():
        _write_csv(connection, table, folder / name, columns)
    _write_csv(connection, "config_target_written", folder / "targets.csv", TARGET_COLUMNS)
    # A target that names no council is every council's.
    connection.execute("""
        create table raw.config_target as
        select councils.organisation_id, targets.* exclude (organisation_id)
        from raw.config_target_written as targets
        inner join raw.config_organisation as councils
            on targets.organisation_id is null or targets.organisation_id = councils.organisation_id
    """)
    for table, (name, columns) in COUNCIL_FILES.items():
        _write_council_files(connection, table, [(one.organisation_id, one.folder / name) for one in councils], columns)


def _write_source(connection: duckdb.DuckDBPyConnection, storage: Storage, source: str) -> None:
    files = sorted((storage.home / "raw" / source).glob("organisation=*/period=*/*.parquet"))
    columns = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in raw_columns(contract(source)))
    if files:
        connection.execute(
            f"create table raw.{source} as select organisation as organisation_id, period, {columns} "
            "from read_parquet($files, hive_partitioning = true, hive_types_autocast = false, union_by_name = true)",
            {"files": [str(one) for one in files]},
        )
    else:
        empty = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in raw_columns(contract(source)))
        connection.execute(
            f"create table raw.{source} as select cast(null as varchar) as organisation_id, cast(null as varchar) as period, {empty} where false"
        )


def _columns(kinds: dict[str, str]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())


def _write_json(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path], kinds: dict[str, str]) -> None:
    connection.execute(f"create table raw.{table} ({_columns(kinds)})")
    if files:
        connection.execute(
            f"insert into raw.{table} select {', '.join(kinds)} from read_json($files, columns = $kinds)",
            {"files": [str(one) for one in files], "kinds": kinds},
        )


def _write_parquet(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path], kinds: dict[str, str]) -> None:
    connection.execute(f"create table raw.{table} ({_columns(kinds)})")
    if files:
        connection.execute(
            f"insert into raw.{table} select {', '.join(kinds)} from read_parquet($files, union_by_name = true)",
            {"files": [str(one) for one in files]},
        )


def _write_councils(connection: duckdb.DuckDBPyConnection, councils: list[Organisation]) -> None:
    connection.execute("""
        create table raw.config_organisation (
            organisation_id varchar, organisation_name varchar, la_code varchar, new_la_code varchar,
            region varchar, partnership varchar, first_month varchar
        )
    """)
    connection.execute("create table raw.config_source (organisation_id varchar, source varchar, owner varchar, delivers varchar)")
    connection.executemany(
        "insert into raw.config_organisation values (?, ?, ?, ?, ?, ?, ?)",
        [[one.organisation_id, one.name, one.la_code, one.new_la_code, one.region, one.partnership, one.first_month] for one in councils],
    )
    connection.executemany(
        "insert into raw.config_source values (?, ?, ?, ?)",
        [[one.organisation_id, setting.source, setting.owner, setting.delivers] for one in councils for setting in one.sources.values()],
    )


def _read_csv(connection: duckdb.DuckDBPyConnection, path: Path, kinds: dict[str, str]) -> duckdb.DuckDBPyRelation:
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no such file. It must have the columns {', '.join(kinds)}, if only as a header line")
    try:
        return connection.sql(
            "select * from read_csv($path, header = true, delim = ',', quote = '\"', columns = $kinds, auto_detect = false)",
            params={"path": str(path), "kinds": kinds},
        )
    except duckdb.Error as error:
        raise ConfigurationError(f"{path}: {_first_lines(error)}. The columns are {', '.join(kinds)}; dates are YYYY-MM-DD") from None


def _write_csv(connection: duckdb.DuckDBPyConnection, table: str, path: Path, kinds: dict[str, str]) -> None:
    rows = _read_csv(connection, path, kinds)
    try:
        rows.create(f"raw.{table}")
    except duckdb.Error as error:
        raise ConfigurationError(f"{path}: {_first_lines(error)}. The columns are {', '.join(kinds)}; dates are YYYY-MM-DD") from None


def _write_council_files(connection: duckdb.DuckDBPyConnection, table: str, files: list[tuple[str, Path]], kinds: dict[str, str]) -> None:
    connection.execute(f"create table raw.{table} (organisation_id varchar, {_columns(kinds)})")
    for organisation_id, path in files:
        _write_csv(connection, f"{table}_one", path, kinds)
        connection.execute(f"insert into raw.{table} select ?, * from raw.{table}_one", [organisation_id])
        connection.execute(f"drop table raw.{table}_one")


def _first_lines(error: duckdb.Error) -> str:
    return " ".join(str(error).splitlines()[:2])
