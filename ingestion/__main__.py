"""Land extracts from the command line."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence

from ingestion.contract import ContractError
from ingestion.find import unclaimed
from ingestion.land import land_source
from warehouse.configuration import ConfigurationError, organisations
from warehouse.ledger import HELD, Problem
from warehouse.storage import storage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns 1 if a file is held or belongs to nobody, 2 if the configuration is wrong."""
    parser = argparse.ArgumentParser(prog="python -m ingestion", description="Read councils' extracts into the warehouse.")
    commands = parser.add_subparsers(dest="command", required=True)
    land = commands.add_parser(
        "land",
        help="land what waits in the inbox",
        description="Land what waits in the inbox. What was landed before is skipped; what cannot be used is held, with what to do.",
    )
    land.add_argument("--organisation", help="one council's id; all without it")
    land.add_argument("--source", help="one source; all without it")
    land.add_argument(
        "--again", action="store_true", help="also read again what has rejected rows or was held by a check, after the mapping was mended"
    )
    land.add_argument("--notes", action="store_true", help="also print what is worth knowing of files that are used")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        return _land(asked.organisation, asked.source, asked.again, asked.notes)
    except (ConfigurationError, ContractError) as error:
        print(error)
        return 2


def _land(organisation_id: str | None, source: str | None, again: bool, notes: bool) -> int:
    councils = organisations()
    asked = [(one.organisation_id, name) for one in councils for name in one.sources if source in (None, name)]
    asked = [(council, name) for council, name in asked if organisation_id in (None, council)]
    if not asked:
        raise ConfigurationError("No such council and source is configured. See organisation.yaml of each council")
    start = time.perf_counter()
    held: list[Problem] = []
    for council, name in asked:
        report = land_source(council, name, again)
        print(report, flush=True)
        for one in report.problems:
            if one.severity == HELD or notes:
                print(f"  {one.severity}: {one.message}", flush=True)
        held += [one for one in report.problems if one.severity == HELD]
    if organisation_id is None and source is None:
        strays = unclaimed(storage(), councils)
        held += strays
        for one in strays:
            print(f"  {one.severity}: {one.message}")
    print(f"{time.perf_counter() - start:.1f} s; {'nothing is held' if not held else f'{len(held)} problems to act on'}")
    return 1 if held else 0


if __name__ == "__main__":
    raise SystemExit(main())
