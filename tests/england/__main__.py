"""All of England: generate every authority's extracts, land, check, build and publish them, and compare every published rate.

`python -m tests.england FILE` (make test-england PUBLISHED=FILE). The stages call the functions that the Airflow tasks call, in
several processes, because a scheduler's tasks for 1,200 councils and sources would take hours. Prints the time and memory of each
stage, then every cell that differs, with its numerator and denominator.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import duckdb

from tests.england.compare import Cell, cells
from tests.england.stages import STAGES, YEARS
from tests.metrics import SAME, Metrics, areas_beside_metrics


def main() -> int:
    """Returns 0 if no cell differs, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.england", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("published", type=Path, help="the Department's indicators by local authority, region and England, CSV")
    parser.add_argument("--home", type=Path, help="keep the data root here (default: a folder that is removed)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--from", dest="first", choices=STAGES, default="generate", help="begin with this stage, over what --home has")
    asked = parser.parse_args()
    if not asked.published.is_file():
        print(
            f"There is no file {asked.published}. Name the Department's file: make test-england PUBLISHED=csww_indicators_2017_to_2025.csv"
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="england_") as folder:
        home = (asked.home or Path(folder)).resolve()
        stages = list(STAGES)
        for stage in stages[stages.index(asked.first) :]:
            if _run(stage, asked.published.resolve(), home, asked.processes):
                return 1
        with duckdb.connect(str(home / "published" / "latest" / "inside" / "workforce.duckdb"), read_only=True) as marts:
            return max(_report(list(cells(asked.published, marts, YEARS))), _report_metrics(marts, home))


def _run(stage: str, published: Path, home: Path, processes: int) -> int:
    """Run a stage in a process of its own and print its time and memory; returns its exit code."""
    began = time.perf_counter()
    running = subprocess.Popen([sys.executable, "-m", "tests.england.stages", stage, str(published), str(home), str(processes)])
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    seconds, megabytes = time.perf_counter() - began, usage.ru_maxrss / 1024
    print(f"{stage:<10} {seconds:7.1f} s   {megabytes:7,.0f} MB in its largest process", flush=True)
    return running.returncode


def _report(found: list[Cell]) -> int:
    different = [cell for cell in found if cell.differs]
    for cell in different:
        print(f"differs: {cell}")
    numbers = Counter(cell.level for cell in found)
    symbols = sum(1 for cell in found if cell.published.isalpha())
    print(
        f"{len(found)} published rates: {numbers['organisation']} of authorities, {numbers['region']} of regions, {numbers['national']} of England; "
        f"{symbols} of them symbols. {len(different)} differ."
    )
    return 1 if different or not found else 0


def _report_metrics(marts: duckdb.DuckDBPyConnection, home: Path) -> int:
    """Every figure of a region and of England beside the sum of the councils' metrics. 1 if one differs.

    If more councils are counted than the metrics give, they are those behind a symbol that the Department counts all the same
    (counts_above).
    """
    beside = areas_beside_metrics(marts, Metrics(home / "build" / "dbt" / "semantic_manifest.json")).filter("value is not null")
    rows = beside.project("metric, scope_id, month_end, value, given, organisations_counted, given_of").fetchall()
    hidden = sum(_counts_above(path) for path in (home / "config" / "organisations").glob("*/not_supplied.csv"))
    wrong = [row for row in rows if row[5] == row[6] and (row[4] is None or abs(row[3] - row[4]) > SAME)]
    wrong += [row for row in rows if not 0 <= row[5] - row[6] <= hidden]
    for metric, area, month_end, value, given, counted, given_of in wrong:
        print(f"differs: {metric} of {area}, {month_end}: {value} of {counted} councils, by the metrics {given} of {given_of}")
    beyond = sum(1 for row in rows if row[5] != row[6])
    print(
        f"{len(rows)} figures of regions and England beside the metrics of their councils added up: {len(wrong)} differ; {beyond} of them count "
        f"one of {hidden} councils whose own figure is a symbol."
    )
    return 1 if wrong or not rows else 0


def _counts_above(not_supplied: Path) -> bool:
    with not_supplied.open(encoding="utf-8", newline="") as lines:
        return any(row["counts_above"] != "no" for row in csv.DictReader(lines))


if __name__ == "__main__":
    raise SystemExit(main())
