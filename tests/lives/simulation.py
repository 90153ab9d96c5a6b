"""One run: draw councils, write what their systems report, build the models over it, and compare every cell with the oracle's."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lives.built import built_cells
from tests.lives.cells import Cells
from tests.lives.comparison import Difference, differences
from tests.lives.counts import cells
from tests.lives.extracts import Delivery, say
from tests.lives.landing import configure, hand_over, land_files, team_changes, write_files
from tests.lives.simulated_council import SimulatedCouncil, draw
from tests.warehouse.ashby import Models
from warehouse.build import build

Print = Callable[[str], object]


@dataclass
class Outcome:
    """The result of a run. `councils` has those that differ, with their differences."""

    councils: dict[str, tuple[int, list[Difference]]] = field(default_factory=dict)
    drawn: int = 0
    compared: int = 0
    unknowable: int = 0
    events: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.councils | other.councils,
            self.drawn + other.drawn,
            self.compared + other.compared,
            self.unknowable + other.unknowable,
            self.events + other.events,
        )

    @property
    def unknowable_share(self) -> float:
        return self.unknowable / max(self.compared + self.unknowable, 1)


def simulate(seeds: Sequence[int], compiled: Path | None = None, through_files: int = 0, keep: Path | None = None) -> Outcome:
    """Simulate a council for each seed in one data root, which is built once.

    `compiled`: an earlier data root, whose compiled models run again so that dbt need not start. The first `through_files` councils
    go through files and landing. `keep`: a folder in which to make the data root, to look at it or to use its compiled models.
    """
    councils = {council.organisation_id: council for council in map(draw, seeds)}
    outcome = Outcome(drawn=len(councils))
    for name, (found, compared, unknowable) in _compared(councils, compiled, through_files, keep).items():
        outcome.compared += compared
        outcome.unknowable += unknowable
        outcome.events += happened(councils[name])
        if found:
            outcome.councils[name] = (councils[name].seed, found)
    return outcome


def _compared(
    councils: dict[str, SimulatedCouncil], compiled: Path | None, through_files: int, keep: Path | None
) -> dict[str, tuple[list[Difference], int, int]]:
    """Each council's differences, how many cells were compared, and how many cannot be known, after one build for all of them."""
    said = {name: say(council) for name, council in councils.items()}
    with data_root(keep) as home:
        _land(councils, said, home, through_files)
        _build(home, compiled)
        built = built_cells(home / "build" / "workforce.duckdb")
    compared = {}
    for name, council in councils.items():
        right = cells(said[name], name, council.delivers, team_changes(council))
        compared[name] = (*differences(right, built.get(name) or Cells(), council.months), len(right.unknowable))
    return compared


def happened(council: SimulatedCouncil) -> Counter[str]:
    """In how many lives of a council each event occurs. An event of the whole council occurs in all of them."""
    return Counter(event for life in council.lives for event in {*life.events, *council.happens})


@contextmanager
def data_root(keep: Path | None) -> Iterator[Path]:
    """A data root that the environment names meanwhile. It is removed afterwards unless it is to be kept."""
    with tempfile.TemporaryDirectory(prefix="lives_") as folder:
        home = (keep or Path(folder)).resolve()
        before = {name: os.environ.get(name) for name in ("WORKFORCE_HOME", "WORKFORCE_CONFIG", "WORKFORCE_PSEUDONYM_KEY")}
        os.environ |= {"WORKFORCE_HOME": str(home), "WORKFORCE_CONFIG": str(home / "config")}
        os.environ.pop("WORKFORCE_PSEUDONYM_KEY", None)
        try:
            yield home
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _land(councils: dict[str, SimulatedCouncil], said: dict[str, list[Delivery]], home: Path, through_files: int) -> None:
    configure(councils.values(), home)
    of_files = list(councils)[:through_files]
    for name in of_files:
        write_files(name, said[name], home, councils[name])
        land_files(name, said[name], councils[name])
    hand_over({name: deliveries for name, deliveries in said.items() if name not in of_files}, home, councils)


def _build(home: Path, compiled: Path | None) -> None:
    if compiled is None:
        build(with_tests=False)
    else:
        Models(compiled).build(home)


def differing(seed: int, variants: Sequence[Collection[int]], compiled: Path) -> list[list[Difference]]:
    """The differences of a council with only some of its lives, for each choice of lives. Each is a council of its own in one build."""
    councils = {}
    for place, lives in enumerate(variants):
        council = draw(seed, lives)
        council.organisation_id = f"v{place}"
        councils[council.organisation_id] = council
    return [found for found, _, _ in _compared(councils, compiled, 0, None).values()]
