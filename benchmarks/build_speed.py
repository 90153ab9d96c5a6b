"""How long the build takes: three councils, and England, beside hand-written SQL over the same raw files.

    python benchmarks/build_speed.py [--councils 153]

England is the three sample councils over and over: their extracts of 37 months are landed once, and each further council has the
same raw files and ledger under an id of its own. Deliveries lie on disk as they do after landing, one file a council, source and month.
The floor (build_floor.sql) counts agency and vacancy rates by `dfe` for every council, team and month from the raw files alone; its figures of
councils must be those of the build. The build makes all other figures besides, so that the ratio says what they cost, not only what dbt does. Every step runs in a process of its own. Ends with 1 if a limit is passed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import duckdb
import yaml

from foundation import ledger
from foundation.storage import Storage

REPOSITORY = Path(__file__).resolve().parents[1]
FLOOR = Path(__file__).with_name("build_floor.sql")
CODES, YEARS = ["855", "873", "874"], [2023, 2024, 2025]
THREE_SECONDS, ENGLAND_SECONDS, ENGLAND_GIGABYTES = 10.0, 120.0, 6.0


def make_three(home: Path) -> None:
    """The three sample councils, landed."""
    from foundation.configuration import council_sources
    from ingestion.landing.land import land_source
    from samples.generate import generate_published
    from samples.published_figures import CARRIED

    generate_published(CARRIED, CODES, YEARS, home, say=str)
    for council_and_source in council_sources():
        land_source(**council_and_source)


def build_marts(_: Path) -> None:
    """The build as the DAG runs it, with its tests."""
    from warehouse.build import build

    build()


def build_without_tests(home: Path) -> None:
    """The build without its tests; writes the seconds that reading raw and the models' SQL took."""
    from foundation.storage import storage
    from warehouse.build import build, write_raw

    began = time.perf_counter()
    write_raw(storage())
    reading = time.perf_counter() - began
    build(with_tests=False)
    results = json.loads((home / "build" / "dbt" / "run_results.json").read_text())["results"]
    timings = [timing for result in results for timing in result["timing"] if timing["name"] == "execute"]
    first, last = min(timing["started_at"] for timing in timings), max(timing["completed_at"] for timing in timings)
    models = _seconds(last) - _seconds(first)
    (home / "sql_part.json").write_text(json.dumps({"reading": reading, "models": models}))


def count_floor(home: Path) -> None:
    """The hand-written SQL over the same raw files; writes its seconds and keeps its figures."""
    began = time.perf_counter()
    with duckdb.connect(str(home / "floor.duckdb"), config={"threads": 2}) as connection:
        connection.execute(
            FLOOR.read_text().replace("$raw", str(home / "raw")).replace("$seeds", str(REPOSITORY / "dbt_project" / "seeds"))
        )
    (home / "floor.json").write_text(json.dumps({"floor": time.perf_counter() - began}))


STEPS = {step.__name__: step for step in (make_three, build_marts, build_without_tests, count_floor)}


def main() -> int:
    """Returns 1 if a limit is passed, else 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--councils", type=int, default=153)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _run("make_three", home)
        _run("build_marts", home)  # the first one writes bytecode and parses
        three, _ = _run("build_marts", home)
        print(f"three councils: {three:.1f} s with dbt's start and its tests, limit {THREE_SECONDS:.0f} s", flush=True)
        councils = multiply(home, asked.councils)
        files = sum(1 for _ in (home / "raw").rglob("*.parquet"))
        england, gigabytes = _run("build_marts", home)
        limits = f"limits {ENGLAND_SECONDS:.0f} s and {ENGLAND_GIGABYTES:.0f} GB"
        print(f"{councils} councils, {files} files: {england:.1f} s with its tests, {gigabytes:.1f} GB; {limits}", flush=True)
        _run("build_without_tests", home)
        _run("count_floor", home)
        part = json.loads((home / "sql_part.json").read_text()) | json.loads((home / "floor.json").read_text())
        same = agree(home)
        ratio = (part["reading"] + part["models"]) / part["floor"]
        print(
            f"SQL part: reading {part['reading']:.1f} s, models {part['models']:.1f} s; hand-written floor of two rates {part['floor']:.1f} s; "
            f"ratio {ratio:.1f}. The floor's figures are{'' if same else ' NOT'} the build's."
        )
    return 0 if same and three <= THREE_SECONDS and england <= ENGLAND_SECONDS and gigabytes <= ENGLAND_GIGABYTES else 1


def multiply(home: Path, councils: int) -> int:
    """Add councils with the raw files (hard links) and ledger of the three, until there are as many; returns how many there are."""
    three = sorted(path.name for path in (home / "config" / "organisations").iterdir())
    for number in range(councils - len(three)):
        like = three[number % len(three)]
        new = f"{like}_{number // len(three) + 2}"
        folder = home / "config" / "organisations" / new
        shutil.copytree(folder.with_name(like), folder)
        settings = yaml.safe_load((folder / "organisation.yaml").read_text()) | {"id": new, "partnership": None}
        (folder / "organisation.yaml").write_text(yaml.safe_dump(settings))
        for source in (home / "raw").iterdir():
            shutil.copytree(source / f"organisation={like}", source / f"organisation={new}", copy_function=os.link)
        for of_source in (home / "ledger").iterdir():
            (of_source / new).mkdir()
            for entry in (of_source / like).glob("*.json"):
                delivery = json.loads(entry.read_text()) | {"organisation_id": new}
                (of_source / new / entry.name).write_text(json.dumps(delivery))
            ledger.begin_chain(new, of_source.name, Storage(home))
    return len(list((home / "config" / "organisations").iterdir()))


def agree(home: Path) -> bool:
    """Whether the floor's numerators and denominators of every council, rate and month are the build's."""
    with duckdb.connect(str(home / "build" / "workforce.duckdb"), read_only=True) as connection:
        connection.execute(f"attach '{home / 'floor.duckdb'}' as floor (read_only)")
        row = connection.execute(
            """
            select count(*), count(*) filter (floor.numerator is distinct from built.numerator or floor.denominator is distinct from built.denominator)
            from floor.rates as floor
            left join marts.indicator_value as built
                on floor.organisation_id = built.organisation_id and floor.indicator_id = built.indicator_id
                and built.definition_id = 'dfe' and floor.month_end = built.month_end
                and built.scope = 'organisation' and floor.scope = built.scope
            where floor.scope = 'organisation' and built.value is not null
            """
        ).fetchone()
    compared, different = row or (0, 0)
    return compared > 0 and different == 0


def _run(step: str, home: Path) -> tuple[float, float]:
    """Run a step in a process of its own; returns its seconds and the peak of its largest process in GB."""
    environment = {**os.environ, "WORKFORCE_HOME": str(home), "WORKFORCE_CONFIG": str(home / "config"), "PYTHONPATH": str(REPOSITORY)}
    began = time.perf_counter()
    running = subprocess.Popen([sys.executable, __file__, "--step", step, str(home)], env=environment)
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(f"{step} failed")
    return time.perf_counter() - began, usage.ru_maxrss / 1024**2


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        STEPS[sys.argv[2]](Path(sys.argv[3]))
    else:
        raise SystemExit(main())
