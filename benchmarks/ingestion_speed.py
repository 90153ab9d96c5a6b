"""How long landing takes: HR rows from CSV to raw against DuckDB reading the same CSV as text and writing Parquet; rows of a workbook.

    python benchmarks/ingestion_speed.py [--rows 1000000] [--workbook-rows 100000] [--turns 3]

Every step runs in a process of its own, so that its time and peak of memory are its own. DuckDB and landing take turns, and the median
of their ratios counts: what else the machine does meanwhile slows one of them at a time. Ends with 1 if a limit is passed.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from contracts import contract

RATIO, GIGABYTES, WORKBOOK_SECONDS = 3.0, 2.0, 15.0
WIDTH = 40
PERIOD = "2024-09"
COUNCIL = """
id: bench
name: Bench
la_code: "999"
new_la_code: "E10000999"
region: East of England
partnership: null
system: a benchmark
first_month: "2024-01"
sources: {hr_assignments: {owner: HR, delivers: snapshot}}
"""
NUMBERS = {"fte": 1.0, "contracted_hours": 37.0, "standard_hours": 37.0, "weeks_a_year": 52.143, "cost_share_percent": 100.0}
EMPTY = (
    "end_date",
    "notice_date",
    "contract_end_date",
    "probation_end_date",
    "leaving_reason",
    "leaver_destination",
    "long_absence",
    "hours_worked",
)


def columns(rows: int) -> dict[str, pl.Expr]:
    """The first columns of the HR contract of that month, each with values as an HR system has them."""
    number = pl.int_range(rows)
    made = {
        "person_id": pl.format("{}", number + 10_000_000),
        "assignment_id": pl.format("{}-1", number + 10_000_000),
        "name": pl.format("Surname {}, First", number),
        "date_of_birth": pl.lit(date(1960, 1, 1)) + pl.duration(days=number % 15_000),
        "swe_number": pl.format("SW{}", number % 90_000 + 10_000),
        "post_id": pl.format("P{}", number % 9_000),
    }
    for column in contract("hr_assignments", PERIOD).columns[:WIDTH]:
        if column.name in EMPTY:
            made[column.name] = pl.when(number < 0).then(pl.lit(""))
        elif column.codes:
            made[column.name] = pl.lit(pl.Series(column.codes)).gather(number % len(column.codes))
        elif column.logical_type == "date":
            made.setdefault(column.name, pl.lit(date(2005, 1, 3)) + pl.duration(days=number % 6_000))
        elif column.logical_type == "boolean":
            made[column.name] = pl.when(number % 3 == 0).then(pl.lit("N")).otherwise(pl.lit("Y"))
        elif column.logical_type == "number":
            made[column.name] = (number % 10 + 1) / 10 * NUMBERS[column.name] if column.name != "standard_hours" else pl.lit(37.0)
        else:
            made.setdefault(column.name, pl.format("Text {}", number % 120))
    return made


def prepare(folder: Path, rows: int, form: str) -> Path:
    """Write the configuration and an extract; returns the extract."""
    made = columns(rows)
    mappings = folder / "config/organisations/bench/mappings"
    mappings.mkdir(parents=True)
    (mappings.parent / "organisation.yaml").write_text(COUNCIL)
    mapped = ", ".join(f"{name}: {_header(name)}" for name in made)
    coded = [column for column in contract("hr_assignments", PERIOD).columns[:WIDTH] if column.codes]
    codes = ", ".join(f"{column.name}: {{{', '.join(f'{code}: {code}' for code in column.codes)}}}" for column in coded)
    (mappings / "hr_assignments.yaml").write_text(
        f"source: hr_assignments\nfile: {{pattern: 'staff_(?P<period>\\d{{4}}-\\d\\d)\\.{form}', format: {form}}}\n"
        f'columns: {{{mapped}}}\ndates: "%d/%m/%Y"\nyes: [Y]\nno: [N]\ncodes: {{{codes}}}\n'
    )
    extract = folder / f"home/inbox/bench/hr_assignments/staff_{PERIOD}.{form}"
    extract.parent.mkdir(parents=True)
    table = pl.select(**{_header(name): values for name, values in made.items()})
    if form == "csv":
        table.write_csv(extract, date_format="%d/%m/%Y")
    else:
        table.write_excel(extract, dtype_formats={pl.Date: "dd/mm/yyyy"})
    return extract


def _header(name: str) -> str:
    return name.replace("_", " ").capitalize()


def duckdb_reads(extract: Path) -> None:
    import duckdb

    target = extract.parents[4] / "duckdb.parquet"
    duckdb.sql("set enable_progress_bar = false")
    duckdb.sql(f"copy (select * from read_csv('{extract}', all_varchar = true)) to '{target}' (format parquet)")


def landing(extract: Path) -> None:
    home = extract.parents[3]
    for path in home.iterdir():
        if path.name != "inbox":
            shutil.rmtree(path)
    os.environ |= {"WORKFORCE_HOME": str(home), "WORKFORCE_CONFIG": str(home.parent / "config"), "WORKFORCE_PSEUDONYM_KEY": "bench" * 8}
    from ingestion.landing.land import land_source

    report = land_source("bench", "hr_assignments")
    print(f"  {report}")
    if report.landed != 1 or report.rows_accepted != report.rows_read:
        raise SystemExit("; ".join(problem.message for problem in report.problems))


def measured(step: Callable[[Path], None], extract: Path) -> tuple[float, float]:
    """Seconds and peak of memory (GB) of a step in a process of its own, without the start of Python and its imports."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("spawn").Process(target=_run, args=(step, extract, sender))
    child.start()
    sender.close()
    try:
        return receiver.recv()  # type: ignore[no-any-return]
    except EOFError:
        raise SystemExit(f"{step.__name__} failed") from None
    finally:
        child.join()


def _run(step: Callable[[Path], None], extract: Path, sender: multiprocessing.connection.Connection) -> None:
    importlib.import_module("duckdb" if step is duckdb_reads else "ingestion.landing.land")
    # What was written before is not to be measured while the system still brings it to the disk.
    os.sync()
    start = time.perf_counter()
    step(extract)
    sender.send((time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--workbook-rows", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    passed = True
    with tempfile.TemporaryDirectory() as folder:
        extract = prepare(Path(folder, "csv"), asked.rows, "csv")
        print(f"CSV of {asked.rows:,} rows x {WIDTH} columns, {extract.stat().st_size / (1 << 20):,.0f} MB")
        ratios, peaks = [], []
        for _ in range(asked.turns):
            floor, _ = measured(duckdb_reads, extract)
            seconds, memory = measured(landing, extract)
            ratios.append(seconds / floor)
            peaks.append(memory)
            print(f"  DuckDB, as text to Parquet {floor:.1f} s; landing {seconds:.1f} s, {ratios[-1]:.2f} times")
        ratio, memory = statistics.median(ratios), max(peaks)
        passed &= ratio <= RATIO and memory < GIGABYTES
        print(f"  median {ratio:.2f} times (at most {RATIO:g}), peak of memory {memory:.2f} GB (below {GIGABYTES:g})")
        if asked.workbook_rows:
            extract = prepare(Path(folder, "xlsx"), asked.workbook_rows, "xlsx")
            seconds, memory = measured(landing, extract)
            passed &= seconds <= WORKBOOK_SECONDS
            print(f"XLSX of {asked.workbook_rows:,} rows x {WIDTH} columns, {extract.stat().st_size / (1 << 20):,.0f} MB")
            print(f"  landing {seconds:.1f} s (at most {WORKBOOK_SECONDS:g}), peak of memory {memory:.2f} GB")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
