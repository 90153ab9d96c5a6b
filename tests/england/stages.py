"""The stages of the run over England, each in a process of its own, so that its time and memory can be measured."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from expectations.source_check import check_marts, check_source, errors, refusals
from foundation.configuration import council_sources
from ingestion.landing.land import land_source
from samples.generate import generate_published
from samples.published_figures import read_published
from warehouse.build import build
from warehouse.publish import stage_publication, switch_latest

YEARS = (2024, 2025)
SOURCES = ("hr_assignments", "establishment", "agency", "absence", "caseload")  # what the nine rates are made of


def generate(published: Path, home: Path, processes: int) -> None:
    """The extracts of every authority that has figures for both years."""
    codes = [code for code, year in read_published(published) if year == YEARS[-1]]
    generate_published(published, codes, list(YEARS), home, say=lambda _: None, sources=SOURCES, processes=processes)


def land(_: Path, __: Path, processes: int) -> None:
    """Land every extract, by the function that the task `land` calls. Stops if a file is held."""
    held = _each_source(_land_one, processes)
    if held:
        raise SystemExit("\n".join(held[:20]))


def check(_: Path, __: Path, processes: int) -> None:
    """Check every source, by the function that the task `check_source` calls. Prints what is held. The run goes on, as the task does."""
    for refused in _each_source(_check_one, processes):
        print(refused)


def build_marts(_: Path, __: Path, ___: int) -> None:
    """The build of every model, with all its tests."""
    build()


def publish(_: Path, __: Path, ___: int) -> None:
    """The checks of the marts, and the publication."""
    check_marts()
    switch_latest(stage_publication())


STAGES: dict[str, Callable[[Path, Path, int], None]] = {
    "generate": generate,
    "land": land,
    "check": check,
    "build": build_marts,
    "publish": publish,
}


def _each_source(work: Callable[[dict[str, str]], list[str]], processes: int) -> list[str]:
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        return [said for found in pool.map(work, council_sources(), chunksize=8) for said in found]


def _land_one(council_and_source: dict[str, str]) -> list[str]:
    landed = land_source(**council_and_source)
    return [f"{council_and_source['organisation_id']} {council_and_source['source']}: {landed}"] if landed.held else []


def _check_one(council_and_source: dict[str, str]) -> list[str]:
    results = check_source(**council_and_source)
    if errors(results):
        raise SystemExit(f"{council_and_source}: a check could not be made")
    return [
        f"{council_and_source['organisation_id']} {council_and_source['source']} {refused.period}: held, {refused.says}"
        for refused in refusals(results)
    ]


if __name__ == "__main__":
    stage, published, home, processes = sys.argv[1:]
    os.environ |= {"WORKFORCE_HOME": home, "WORKFORCE_CONFIG": f"{home}/config"}
    STAGES[stage](Path(published), Path(home), int(processes))
