"""The results of checks as a publication has them: from there they come back when `quality/` and `build/` are lost, with the days on which
problems were first seen."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import polars as pl

from expectations.engine.check_results import CLEAR, EVERY_COUNCIL, MARTS, RESULTS
from foundation.storage import Storage, shared, write_whole

RESULTS_MART = "data_quality_result"


class PublishedResults:
    """All results that a publication has, of its latest checks and of earlier ones."""

    def __init__(self, publication: Path) -> None:
        rows = pl.read_parquet(publication / "inside" / "marts" / f"{RESULTS_MART}.parquet")
        self._rows = rows.with_columns(period=pl.col("month_end").dt.strftime("%Y-%m"))

    def sources(self) -> list[tuple[str, str]]:
        """The councils and sources that have results of their latest check."""
        latest = self._rows.filter(pl.col("is_latest") & (pl.col("source") != MARTS))
        return sorted(latest.select("organisation_id", "source").unique().rows())

    def told(self, organisation_id: str, source: str) -> bool:
        """Whether there was ever a problem of a source."""
        mine = (pl.col("organisation_id") == organisation_id) & (pl.col("source") == source)
        return self._rows.filter(mine & (pl.col("state") != CLEAR)).height > 0

    def put_back(self, organisation_id: str, source: str, store: Storage) -> None:
        """Write a source's results where its checks write them, in place of what is there."""
        mine = self._rows.filter((pl.col("organisation_id") == organisation_id) & (pl.col("source") == source))
        self._put_back(mine, store.quality(organisation_id, source), store.checks / f"{source}__{organisation_id}.parquet")

    def put_back_marts(self, store: Storage) -> list[dict[str, Any]]:
        """The same for the results of the marts. Returns the latest."""
        mine = self._rows.filter(pl.col("source") == MARTS)
        self._put_back(mine, store.quality(EVERY_COUNCIL, MARTS), store.checks / f"{MARTS}.parquet")
        return _as_results(mine.filter("is_latest")).rows(named=True)

    def _put_back(self, mine: pl.DataFrame, quality: Path, checks: Path) -> None:
        shutil.rmtree(quality, ignore_errors=True)
        for (run_at,), run in mine.group_by("run_at"):
            told = _as_results(run.filter(pl.col("state") != CLEAR))
            if told.height:
                write_whole(shared(quality) / f"{run_at:%Y%m%dT%H%M%S.%f}.parquet", told.write_parquet)
        latest = _as_results(mine.filter("is_latest"))
        write_whole(shared(checks.parent) / checks.name, latest.write_parquet)


def _as_results(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(kind) for name, kind in RESULTS.items())
