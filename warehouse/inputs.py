"""What dbt reads: schema `raw` of the build file, typed by the contracts, with the ledger, the checks, earlier publications and the configuration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from contracts import sources
from contracts.raw_tables import CHECKS, LEDGER, rejected_key_columns, source_columns
from foundation import kept_hashes, ledger
from foundation.configuration import Organisation, UnusableCouncil
from foundation.ledger import FILE_REFUSED, NOT_USED
from foundation.storage import REJECTED_KEY, Storage
from warehouse import earlier_publications
from warehouse.configuration_tables import write_configuration
from warehouse.raw_rows import columns_of, texts, write_records, write_rows

UNREADABLE = "cannot be read, so its results of checks are left out. Take it from the backup, or remove it: python -m warehouse restore"


class RowsLost(Exception):
    """Raw does not have the rows that the ledger says were accepted. The message names the deliveries and what to do."""


def write_inputs(
    connection: duckdb.DuckDBPyConnection,
    storage: Storage,
    folder: Path,
    councils: list[Organisation],
    as_known_at: datetime | None = None,
    month: str | None = None,
) -> tuple[list[UnusableCouncil], list[str]]:
    """Write schema `raw` into the connection's database, with the ledger and the checks as known at a time (None: now), and without deliveries
    of months after `month` (None: all).

    A source without files becomes an empty typed table. Returns the councils that are left out because one of their files is wrong, and a
    sentence for each file that is missing or damaged: its month is held. Raises ConfigurationError naming file and line.
    """
    connection.execute("create schema if not exists raw")
    known, damage = kept_hashes.held_where_damaged(ledger.deliveries(store=storage), storage)
    readable = [delivery for delivery in known if delivery.landed and not delivery.is_damaged]
    for source in sources():
        mine = [delivery for delivery in readable if delivery.source == source]
        _write_raw(connection, storage, source, source_columns(source), mine, kept_hashes.RAW)
    _write_raw(connection, storage, REJECTED_KEY, rejected_key_columns(), readable, kept_hashes.REJECTED_KEYS)
    _write_ledger(connection, ledger.through(ledger.as_known(known, as_known_at), month))
    unreadable = _write_checks(
        connection, storage, None if as_known_at is None or ledger.is_before_all(known, as_known_at) else as_known_at
    )
    if month:
        for table in ("checks", "check_runs"):
            connection.execute(f"delete from raw.{table} where period > ?", [month])
    damaged_publications = earlier_publications.write_earlier_publications(connection, storage, as_known_at, month)
    unusable = write_configuration(connection, folder, councils, as_known_at or datetime.now(UTC))
    return unusable, [str(wrong) for wrong in (*damage, *damaged_publications, *unreadable)]


def _write_raw(
    connection: duckdb.DuckDBPyConnection,
    storage: Storage,
    table: str,
    columns: dict[str, str],
    deliveries: list[ledger.Delivery],
    kind: str,
) -> None:
    """Write a raw table of the deliveries' files. Columns that files of an older contract do not have are empty."""
    files = sorted(path for delivery in deliveries if (path := kept_hashes.places(delivery, storage)[kind]).exists())
    write_rows(connection, f"raw.{table}", files, columns)


def _write_checks(connection: duckdb.DuckDBPyConnection, storage: Storage, made_by: datetime | None) -> list[str]:
    """Write the results of the last checks, and from earlier runs what was open or fixed. Only runs made by a time (None: all).

    Leaves out results about deliveries that the ledger did not know at the time. Results that passed are kept only for the very last run.
    Returns a sentence for each file that cannot be read: it is left out.
    """
    unreadable = _write_parquet(connection, "checks", sorted(storage.checks.glob("*__*.parquet")), CHECKS)
    unreadable += _write_parquet(connection, "check_runs", sorted((storage.home / "quality").glob("*/*/*.parquet")), CHECKS)
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
    # Earlier versions' words about refused files may quote a value, so they are not published again.
    old = [NOT_USED, f"{NOT_USED}: ", FILE_REFUSED]
    for table in ("checks", "check_runs"):
        connection.execute(f"update raw.{table} set says = $1 where rule_id = $3 and not starts_with(says, $2)", old)
        connection.execute(f"delete from raw.{table} where delivery_id not in (select delivery_id from raw.ledger)")
    return [f"{path.relative_to(storage.home).as_posix()} {UNREADABLE}" for path in unreadable]


def _write_ledger(connection: duckdb.DuckDBPyConnection, known: Sequence[ledger.Delivery]) -> None:
    """Write the ledger as known, with the delivery in force for each organisation, source and period."""
    of_source: dict[tuple[str, str], list[ledger.Delivery]] = defaultdict(list)
    for delivery in known:
        of_source[delivery.organisation_id, delivery.source].append(delivery)
    chosen = {id(delivery) for those in of_source.values() for delivery in ledger.in_force(those).values()}
    written = {name: [getattr(delivery, name) for delivery in known] for name in LEDGER if name not in ("received_at", "is_in_force")}
    written["received_at"] = [datetime.fromisoformat(delivery.received_at).astimezone(UTC).replace(tzinfo=None) for delivery in known]
    written["is_in_force"] = [id(delivery) in chosen for delivery in known]
    write_records(connection, "ledger", LEDGER, written)


def _write_parquet(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path], kinds: dict[str, str]) -> list[Path]:
    """Write a table of the files' rows. Returns the files that cannot be read."""
    connection.execute(f"create table raw.{table} ({columns_of(kinds)})")
    insert = f"insert into raw.{table} select {', '.join(kinds)} from read_parquet($files, union_by_name = true)"
    if not files:
        return []
    try:
        connection.execute(insert, {"files": [str(path) for path in files]})
    except duckdb.Error:
        # One of them is damaged: each for itself.
        return [path for path in files if not _was_read(connection, insert, path)]
    return []


def _was_read(connection: duckdb.DuckDBPyConnection, insert: str, path: Path) -> bool:
    try:
        connection.execute(insert, {"files": [str(path)]})
    except duckdb.Error:
        return False
    return True


def refuse_lost_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise RowsLost if a delivery that may be in force has other rows, or numbers of rejected rows, in schema `raw` than the ledger says."""
    counted = " union all ".join(
        f"select '{source}' as source, organisation_id, delivery_id, count(*) as n from raw.{source} group by all" for source in sources()
    )
    lost = texts(
        connection,
        f"""
        select ledger.organisation_id || ' ' || ledger.source || ' ' || ledger.delivery_id
        from raw.ledger as ledger
        left join ({counted}) as found using (source, organisation_id, delivery_id)
        left join (select source, organisation_id, delivery_id, count(*) as n from raw.{REJECTED_KEY} group by all) as unread
            using (source, organisation_id, delivery_id)
        where
            ledger.state <> 'held'
            and (ledger.rows_accepted <> coalesce(found.n, 0) or ledger.rejected_keys <> coalesce(unread.n, 0))
        order by 1
        """,
    )
    if lost:
        shown = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        raise RowsLost(
            f"Rows that the ledger says were accepted are not in raw: {shown}. Nothing is built. "
            "Make raw again from the originals: python -m warehouse restore"
        )
