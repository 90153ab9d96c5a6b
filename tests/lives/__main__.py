"""Simulate working lives in many councils and compare every cell of the models with what the written rules give.

python -m tests.lives --councils 5000 --seed 1
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.lives.faults import FAULTS, found_of_each
from tests.lives.shrinking import explained, shrink
from tests.lives.simulation import Outcome, simulate

AT_ONCE = 250
SHRUNK = 3
SEEDS_APART = 1_000_000


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Returns 0 if no cell differs, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.lives", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--councils", type=int, default=200, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another number draws other lives (default: %(default)s)")
    parser.add_argument("--through-files", type=int, default=10, help="how many of the first go through files (default: %(default)s)")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="councils in one build (default: %(default)s)")
    parser.add_argument(
        "--shrink", type=int, default=SHRUNK, help="how many councils that differ are shrunk and printed (default: %(default)s)"
    )
    parser.add_argument(
        "--faults", action="store_true", help="put old faults back into the models one at a time, and say whether each is found"
    )
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lives_") as folder:
        if asked.faults:
            return put_faults_back(Path(folder))
        return run(range(asked.seed * SEEDS_APART, asked.seed * SEEDS_APART + asked.councils), asked, Path(folder) / "first")


def run(seeds: range, asked: argparse.Namespace, first: Path) -> int:
    """Simulate the councils in portions and report. `first` is where the first build is kept. The others run its compiled models."""
    began, total = time.monotonic(), Outcome()
    for place in range(0, len(seeds), asked.at_once):
        some = list(seeds[place : place + asked.at_once])
        outcome = simulate(some, through_files=asked.through_files, keep=first) if place == 0 else simulate(some, compiled=first)
        total += outcome
        print(
            f"{total.drawn} of {len(seeds)} councils, {total.compared:,} cells, {len(total.councils)} councils differ, {time.monotonic() - began:.0f} s",
            flush=True,
        )
        for seed, found in outcome.councils.values():
            print(f"  seed {seed}: {len(found)} cells differ, such as {found[0]}", flush=True)
    for event, lives in sorted(total.events.items(), key=lambda counted: counted[1]):
        print(f"  {event}: in {lives} lives")
    print(f"{total.compared:,} cells compared, {total.unknowable_share:.1%} not knowable")
    for seed, found in list(total.councils.values())[: asked.shrink]:
        print(f"\n{len(found)} cells differ. Shrunk:")
        fewest, cells = shrink(seed, first)
        print(explained(seed, fewest, cells or found), flush=True)
    if total.councils:
        print("\nSeeds that differ: " + " ".join(str(seed) for seed, _ in total.councils.values()))
    print(f"{total.drawn} councils, {len(total.councils)} differ")
    return 1 if total.councils else 0


def put_faults_back(folder: Path) -> int:
    """Print for each old fault in how many cells it is found. Returns 0 if each is found in one, else 1."""
    simulate([0], keep=folder / "first")
    missed = 0
    for fault, found in found_of_each(folder / "first", folder / "broken"):
        print(f"{fault.says}: found in {len(found):,} cells" + (f", such as {min(found, key=str)}" if found else ""), flush=True)
        missed += not found
    print(f"{len(FAULTS)} faults, {missed} not found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
