"""Raw files of several contracts become one table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from warehouse import raw_rows
from warehouse.raw_rows import write_rows

KINDS = {"organisation_id": "VARCHAR", "period": "VARCHAR", "post_id": "VARCHAR", "fte": "DECIMAL(9,4)", "from_day": "DATE"}


def lay(home: Path, period: str, rows: dict[str, list[object]]) -> Path:
    path = home / "organisation=ashby" / f"period={period}" / "d.parquet"
    path.parent.mkdir(parents=True)
    pl.DataFrame(rows).write_parquet(path)
    return path


def written(files: list[Path]) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        write_rows(connection, "posts", files, KINDS)
        kinds = connection.execute("select column_name, data_type from duckdb_columns() where table_name = 'posts'").fetchall()
        assert dict(kinds) == KINDS
        return connection.execute("from posts order by period").fetchall()


def test_a_source_without_files_is_an_empty_typed_table() -> None:
    assert written([]) == []


def test_what_an_older_file_lacks_is_empty_and_what_is_not_asked_for_is_left_out(tmp_path: Path) -> None:
    older = lay(tmp_path, "2024-08", {"post_id": ["p1"], "grade": ["7"]})
    newer = lay(
        tmp_path, "2024-09", {"from_day": [date(2024, 9, 1)], "fte": pl.Series([Decimal("0.5")], dtype=pl.Decimal(9, 4)), "post_id": ["p2"]}
    )
    assert written([older, newer]) == [
        ("ashby", "2024-08", "p1", None, None),
        ("ashby", "2024-09", "p2", Decimal("0.5"), date(2024, 9, 1)),
    ]


@pytest.mark.parametrize("files_at_once", [1, 2])
def test_a_file_with_the_types_of_an_earlier_contract_is_cast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files_at_once: int) -> None:
    monkeypatch.setattr(raw_rows, "FILES_AT_ONCE", files_at_once)
    older = lay(tmp_path, "2024-08", {"post_id": [7], "fte": ["0.25"]})
    newer = lay(tmp_path, "2024-09", {"post_id": ["p2"], "fte": pl.Series([Decimal("1")], dtype=pl.Decimal(9, 4))})
    assert written([older, newer]) == [
        ("ashby", "2024-08", "7", Decimal("0.25"), None),
        ("ashby", "2024-09", "p2", Decimal("1"), None),
    ]
