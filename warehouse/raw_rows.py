"""Tables of schema `raw`: from raw files, which are many and small (one per council, source and month), and from other records.

DuckDB needs 3 to 6 milliseconds per file. polars needs half a millisecond if it reads many at a time (docs/decisions/0033).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

FILES_AT_ONCE = 1000
_IN_THE_PATH = {"organisation": pl.String(), "period": pl.String()}


def write_rows(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path], kinds: dict[str, str]) -> None:
    """Make a table of the files' rows with columns of these SQL types. `organisation_id` and `period` come from the files' paths.

    Columns that a file does not have are empty. A file with the types of an earlier contract is cast. If that fails,
    duckdb.ConversionException is raised.
    """
    columns = ", ".join(f"cast({_quoted(name)} as {kind}) as {_quoted(name)}" for name, kind in kinds.items())
    empty = ", ".join(f"cast(null as {kind}) as {_quoted(name)}" for name, kind in kinds.items())
    like = connection.sql(f"select {empty} where false").pl()
    rows = pa.RecordBatchReader.from_batches(_arrow(like).schema, _batches([str(path) for path in files], like, columns))
    connection.register("rows_of_files", rows)
    connection.execute(f"create table {table} as select {columns} from rows_of_files")
    connection.unregister("rows_of_files")


def write_records(
    connection: duckdb.DuckDBPyConnection, table: str, kinds: dict[str, str], written: Mapping[str, Sequence[object]]
) -> None:
    """Make a table of these values of each column. One statement for all rows, because one per row takes a millisecond each."""
    connection.execute(f"create table raw.{table} ({columns_of(kinds)})")
    connection.register("records", pl.DataFrame(written).to_arrow())
    connection.execute(f"insert into raw.{table} select {', '.join(kinds)} from records")
    connection.unregister("records")


def columns_of(kinds: dict[str, str]) -> str:
    """Columns and their SQL types as `create table` needs them."""
    return ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())


def texts(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """The values of a query's one column, without the missing ones."""
    return [str(row[0]) for row in connection.execute(query).fetchall() if row[0] is not None]


def _batches(files: list[str], like: pl.DataFrame, columns: str) -> Iterator[pa.RecordBatch]:
    for first in range(0, len(files), FILES_AT_ONCE):
        some = files[first : first + FILES_AT_ONCE]
        try:
            rows = _read(some, like)
        except pl.exceptions.SchemaError:
            rows = _cast(some, columns, like)
        yield from _arrow(rows).to_batches()


def _arrow(rows: pl.DataFrame) -> pa.Table:
    """The same rows, with texts as polars has them. Writing them as older readers of Arrow need them takes as long as reading them."""
    return rows.to_arrow(compat_level=pl.CompatLevel.newest())


def _read(files: list[str], like: pl.DataFrame) -> pl.DataFrame:
    """Raises pl.exceptions.SchemaError if a file's column is of another type."""
    written = {name: kind for name, kind in like.schema.items() if name not in ("organisation_id", "period")}
    rows = pl.scan_parquet(
        files, schema=written, hive_schema=_IN_THE_PATH, glob=False, missing_columns="insert", extra_columns="ignore", use_statistics=False
    )
    return rows.rename({"organisation": "organisation_id"}).select(like.columns).collect()


def _cast(files: list[str], columns: str, like: pl.DataFrame) -> pl.DataFrame:
    with duckdb.connect() as aside:
        aside.register("columns_alone", like.to_arrow())
        return aside.sql(
            f"""
            select {columns}
            from (
                from columns_alone
                union all by name
                select organisation as organisation_id, * exclude (organisation)
                from read_parquet($files, hive_partitioning = true, hive_types_autocast = false, union_by_name = true)
            )
            """,
            params={"files": files},
        ).pl()


def _quoted(name: str) -> str:
    return f'"{name}"'
