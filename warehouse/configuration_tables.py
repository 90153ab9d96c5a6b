"""The tables of schema `raw` that hold the configuration: councils, their sources, targets, and what else dbt reads of the configuration folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.configuration import PUBLISHED_STATISTICS, ConfigurationError, Organisation
from warehouse.not_supplied import refuse_unknown_declarations
from warehouse.raw_rows import columns_of, texts, write_records

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


def configuration_tables() -> dict[str, dict[str, str]]:
    """Each table of the configuration: its columns in order and their SQL types."""
    council = {"organisation_id": "VARCHAR"}
    return {
        "config_organisation": ORGANISATION_COLUMNS,
        "config_source": SOURCE_COLUMNS,
        "config_caseload_limit": CASELOAD_LIMIT_COLUMNS,
        "config_target": TARGET_COLUMNS,
        **{table: columns for table, (_, columns) in SHARED_FILES.items()},
        **{table: council | columns for table, (_, columns) in (COUNCIL_FILES | OPTIONAL_COUNCIL_FILES).items()},
    }


def write_configuration(connection: duckdb.DuckDBPyConnection, folder: Path, councils: list[Organisation], known_at: datetime) -> None:
    """Write the tables of the configuration into schema `raw`. Raises ConfigurationError naming file and line."""
    _write_councils(connection, councils, known_at)
    for table, (name, columns) in SHARED_FILES.items():
        _write_csv(connection, table, folder / name, columns)
    _write_csv(connection, "config_target_written", folder / "targets.csv", TARGET_COLUMNS)
    unknown = texts(
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


def _write_councils(connection: duckdb.DuckDBPyConnection, councils: list[Organisation], known_at: datetime) -> None:
    named = {column: "name" if column == "organisation_name" else column for column in ORGANISATION_COLUMNS}
    write_records(
        connection,
        "config_organisation",
        ORGANISATION_COLUMNS,
        {column: [getattr(one, attribute) for one in councils] for column, attribute in named.items()},
    )
    settings = [(one.organisation_id, setting) for one in councils for setting in one.sources.values()]
    write_records(
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
    write_records(
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
    connection.execute(f"create table raw.{table} (organisation_id varchar, {columns_of(kinds)})")
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
