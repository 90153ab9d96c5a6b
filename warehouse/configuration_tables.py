"""The tables of schema `raw` with the configuration: councils, their sources, targets, and other files that dbt reads from the configuration folder."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from contracts.configuration_files import (
    CASELOAD_LIMIT_COLUMNS,
    CONTRACT_COLUMNS,
    COUNCIL_FILES,
    MAY_BE_LEFT_OUT,
    OPTIONAL_COUNCIL_FILES,
    ORGANISATION_COLUMNS,
    SHARED_FILES,
    SOURCE_COLUMNS,
    TARGET_COLUMNS,
    configuration_tables,
)
from contracts.contract_versions import contract, sources
from foundation.configuration import PUBLISHED_STATISTICS, ConfigurationError, Organisation, UnusableCouncil, configuration_folder, councils
from foundation.not_supplied import refuse_unknown_declarations
from foundation.page_notes import read_page_notes
from warehouse.raw_rows import columns_of, write_records


def write_configuration(
    connection: duckdb.DuckDBPyConnection, folder: Path, councils: list[Organisation], known_at: datetime
) -> list[UnusableCouncil]:
    """Write the tables of the configuration into schema `raw`. Returns the councils that are left out because one of their files is wrong.

    Raises ConfigurationError naming file and line if a file that all councils share is wrong, or if no council is left.
    """
    read_page_notes(folder)  # before figures are made: a publication needs them
    unusable = _write_usable_councils(connection, folder, councils, known_at)
    for table, (name, columns) in SHARED_FILES.items():
        _write_csv(connection, table, folder / name, columns)
    wrong = _write_targets(connection, folder / "targets.csv", [council.organisation_id for council in councils])
    mistaken = {unusable_council.organisation_id for unusable_council in wrong} & {council.organisation_id for council in councils}
    if mistaken:
        still = [council for council in councils if council.organisation_id not in mistaken]
        if not still:
            raise ConfigurationError("\n".join(unusable_council.says for unusable_council in wrong))
        for table in configuration_tables():
            connection.execute(f"drop table if exists raw.{table}")
        connection.execute("drop table raw.config_target_written")
        return [
            *wrong,
            *(
                unusable_council
                for unusable_council in write_configuration(connection, folder, still, known_at)
                if unusable_council not in wrong
            ),
        ]
    # A target that names no council applies to every council.
    connection.execute("""
        create table raw.config_target as
        select councils.organisation_id, targets.* exclude (organisation_id)
        from raw.config_target_written as targets
        inner join raw.config_organisation as councils
            on councils.is_council and (targets.organisation_id is null or targets.organisation_id = councils.organisation_id)
    """)
    return [*unusable, *wrong]


def refuse_unusable_configuration() -> None:
    """Raise ConfigurationError naming each council that would be left out of a build, with the file and what is wrong in it."""
    usable, unusable = councils()
    if usable:
        with duckdb.connect() as aside:
            aside.execute("create schema raw")
            unusable += write_configuration(aside, configuration_folder(), usable, datetime.now(UTC))
    if unusable:
        raise ConfigurationError("\n".join(map(str, unusable)))


def _write_usable_councils(
    connection: duckdb.DuckDBPyConnection, folder: Path, councils: list[Organisation], known_at: datetime
) -> list[UnusableCouncil]:
    """Write what councils configure. All councils at once; if that fails, one by one to find whose file is wrong. Returns those left out."""
    try:
        _write_all(connection, folder, councils, known_at)
    except ConfigurationError:
        usable, unusable = [], []
        for council in councils:
            try:
                with duckdb.connect() as aside:
                    aside.execute("create schema raw")
                    _write_all(aside, folder, [council], known_at)
                usable.append(council)
            except ConfigurationError as error:
                unusable.append(UnusableCouncil(council.organisation_id, str(error)))
        if not usable:
            raise
        _write_all(connection, folder, usable, known_at)
        return unusable
    return []


def _write_all(connection: duckdb.DuckDBPyConnection, folder: Path, councils: list[Organisation], known_at: datetime) -> None:
    """Write the tables of these councils, all or none. Raises ConfigurationError."""
    connection.execute("begin")
    try:
        _write_councils(connection, councils, known_at)
        for table, (name, columns) in COUNCIL_FILES.items():
            _write_council_files(connection, table, [(council.organisation_id, council.folder / name) for council in councils], columns)
        for table, (name, columns) in OPTIONAL_COUNCIL_FILES.items():
            there = [(council.organisation_id, council.folder / name) for council in councils if (council.folder / name).exists()]
            _write_council_files(connection, table, there, columns)
        refuse_unknown_declarations(connection, folder)
    except ConfigurationError:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _write_targets(connection: duckdb.DuckDBPyConnection, path: Path, known: list[str]) -> list[UnusableCouncil]:
    """Write the targets as given in the file. Returns the councils that a wrong line names, and ids that no council has.

    Raises ConfigurationError for a line that cannot be read and applies to every council.
    """
    _there(path, TARGET_COLUMNS)
    rows: list[list[object]] = []
    wrong: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, written in enumerate(csv.reader(file), 1):
            if number == 1 or not written:
                continue
            where = f"{path}: line {number}"
            try:
                row = [_target_value(name, text) for name, text in zip(TARGET_COLUMNS, written, strict=True)]
            except ValueError:
                says = f"{where}: must have {', '.join(TARGET_COLUMNS)}; dates are YYYY-MM-DD, the value is a number with a point"
                if not written[0].strip():
                    raise ConfigurationError(says) from None
                wrong.setdefault(written[0].strip(), says)
                continue
            if row[0] is not None and row[0] not in known and _is_nobody(path, str(row[0])):
                wrong.setdefault(
                    str(row[0]),
                    f"{where}: no council is configured as {row[0]}. Correct organisation_id, or leave it empty for every council",
                )
                continue
            rows.append(row)
    columns = {name: [row[at] for row in rows] for at, name in enumerate(TARGET_COLUMNS)}
    write_records(connection, "config_target_written", TARGET_COLUMNS, columns)
    return [UnusableCouncil(organisation_id, says) for organisation_id, says in wrong.items()]


def _target_value(name: str, text: str) -> object:
    """Raises ValueError if a text is not a date or number."""
    if not text:
        return None
    kind = TARGET_COLUMNS[name]
    return date.fromisoformat(text) if kind == "DATE" else float(text) if kind == "DOUBLE" else text


def _is_nobody(path: Path, organisation_id: str) -> bool:
    """Whether an id belongs to no council, not even to one whose configuration cannot be used. Those councils are reported elsewhere."""
    return not (path.parent / "organisations" / organisation_id).is_dir()


def _write_councils(connection: duckdb.DuckDBPyConnection, councils: list[Organisation], known_at: datetime) -> None:
    named = {column: "name" if column == "organisation_name" else column for column in ORGANISATION_COLUMNS}
    write_records(
        connection,
        "config_organisation",
        ORGANISATION_COLUMNS,
        {column: [getattr(council, attribute) for council in councils] for column, attribute in named.items()},
    )
    settings = [(council.organisation_id, setting) for council in councils for setting in council.sources.values()]
    write_records(
        connection,
        "config_source",
        SOURCE_COLUMNS,
        {
            "organisation_id": [council for council, _ in settings],
            "source": [setting.source for _, setting in settings],
            "owner": [setting.owner for _, setting in settings],
            "delivers": [setting.delivers for _, setting in settings],
            "is_published_statistics": [setting.source in PUBLISHED_STATISTICS for _, setting in settings],
            "due_through": [setting.due_through(known_at.date()) for _, setting in settings],
        },
    )
    about = {source: contract(source).about for source in sources()}
    write_records(
        connection,
        "config_contract",
        CONTRACT_COLUMNS,
        {
            "source": list(about),
            "title": [words.name for words in about.values()],
            "purpose": [words.purpose for words in about.values()],
            "grain": [words.grain for words in about.values()],
            "owner": [words.owner for words in about.values()],
        },
    )
    limits = [(council.organisation_id, limit) for council in councils for limit in council.caseload_limits]
    write_records(
        connection,
        "config_caseload_limit",
        CASELOAD_LIMIT_COLUMNS,
        {
            "organisation_id": [council for council, _ in limits],
            "from_date": [limit.from_date for _, limit in limits],
            "cases": [limit.cases for _, limit in limits],
            "asye_cases": [limit.asye_cases for _, limit in limits],
        },
    )


def _there(path: Path, kinds: dict[str, str]) -> dict[str, str]:
    """The columns of a configuration file. Raises ConfigurationError if they are not the required columns."""
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no such file. It must have at least a header line with the columns {', '.join(kinds)}")
    try:
        written = path.read_text(encoding="utf-8-sig").partition("\n")[0].strip().split(",")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read as text in UTF-8 ({type(error).__name__})") from None
    there = dict(list(kinds.items())[: len(written)])
    if written != list(there) or not {name for name in kinds if name not in there} <= set(MAY_BE_LEFT_OUT):
        raise ConfigurationError(f"{path}: the header is {','.join(written)}. It must be {','.join(kinds)}, in this order")
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
        raise ConfigurationError(f"{path}: {_first_lines(error)}. The columns are {', '.join(kinds)}. Write dates as YYYY-MM-DD") from None


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
        # One by one, to find which file is wrong.
        for at, (_, path) in enumerate(files):
            with duckdb.connect() as aside:
                aside.execute("create schema raw")
                _write_csv(aside, f"{table}_{at}", path, kinds)
        raise


def _first_lines(error: duckdb.Error) -> str:
    return " ".join(str(error).splitlines()[:2])
