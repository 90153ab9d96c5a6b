"""Land extracts from the command line."""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

from contracts import ContractError
from contracts.contract_pages import write_contracts
from contracts.dbt_sources import write_sources
from foundation.command_line import printable, run
from foundation.configuration import DELIVERS, ConfigurationError, councils
from foundation.ledger import HELD, Problem
from foundation.storage import shared, storage
from ingestion.arriving.arrival_places import PlaceFailed
from ingestion.arriving.inbox_extracts import unclaimed
from ingestion.arriving.source_fetching import fetch_source
from ingestion.drafting.mapping_draft import counts_of, draft
from ingestion.drafting.mapping_trial import check
from ingestion.landing.land import land_source
from ingestion.landing.landing_readiness import refuse_unless_ready
from ingestion.refusal import FileRefused, refused_if_unforeseen
from ingestion.renewing import rekey

OWNER_ALONE = 0o600


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns 1 if a file is held or belongs to no source, 2 if any configuration is wrong."""
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
        "--again",
        action="store_true",
        help="also read again what has rejected rows or was held by a check, after the mapping was corrected",
    )
    land.add_argument("--notes", action="store_true", help="also print what is worth knowing of files that are used")
    rekey.add_command(commands)
    contracts = commands.add_parser(
        "contracts",
        help="write each contract as a page and a workbook",
        description="Write each contract as a page that HR can read and a workbook that they can fill in, and describe raw for dbt.",
    )
    contracts.add_argument("--out", type=Path, help="the folder to write to; without it, contracts/ of the data root")
    trial = commands.add_parser(
        "check",
        help="try a mapping on an extract",
        description="Say what a mapping makes of an extract, row by row, without writing anything.",
    )
    trial.add_argument("--mapping", type=Path, required=True, help="the mapping file")
    trial.add_argument("--extract", type=Path, help="the extract; without it, only the mapping is checked against its contract")
    trial.add_argument("--delivers", choices=DELIVERS, help="what an extract stands for; without it, what organisation.yaml says")
    first = commands.add_parser(
        "draft",
        help="write a first mapping for an extract",
        description="Look at an extract and write a first mapping with what was recognised, and comments for what was not.",
    )
    first.add_argument("--file", type=Path, required=True, help="the extract")
    first.add_argument("--source", required=True, help="the source that it is of")
    first.add_argument("--out", type=Path, help="the mapping to write; without it, drafts/<source>.yaml of the data root")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        if asked.command == "rekey":
            return rekey.run_command(asked)
        if asked.command == "contracts":
            return _contracts(asked.out or storage().home / "contracts")
        if asked.command == "check":
            return _check(asked.mapping, asked.extract, asked.delivers)
        if asked.command == "draft":
            return _draft(asked.file, asked.source, asked.out or storage().home / "drafts" / f"{asked.source}.yaml")
        return _land(asked.organisation, asked.source, asked.again, asked.notes)
    except (ConfigurationError, ContractError) as error:
        _say(error)
        return 2


def _say(says: object) -> None:
    """Print something at once. Text from a file or a configuration must not control the terminal."""
    print(printable(str(says)), flush=True)


def _contracts(folder: Path) -> int:
    index, *written = write_contracts(folder)
    _say(f"{index}: {sum(path.suffix == '.html' for path in written)} contracts, each with its workbook and the workbook's mapping")
    _say(f"{write_sources()}: what dbt reads of them")
    return 0


def _check(mapping: Path, extract: Path | None, delivers: str | None) -> int:
    result = check(mapping, extract, delivers)
    for line in result.lines():
        _say(line)
    return 0 if result.usable else 1


def _draft(extract: Path, source: str, out: Path) -> int:
    if not extract.is_file():
        raise ConfigurationError(f"{extract}: there is no such file")
    if out.exists():
        raise ConfigurationError(f"{out}: there is a mapping already. Take it away, or name another file with --out")
    try:
        with refused_if_unforeseen():
            text = draft(extract, source)
    except FileRefused as refused:
        _say(f"{extract.name}: {refused}")
        return 1
    shared(out.parent)
    # Headers and codes of an extract may be anything, so only the owner may read them.
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "w", encoding="utf-8") as written:
        written.write(text)
    _say(f"{out}: a first mapping of {extract.name}, which you alone can read: it has headers and codes of the extract")
    _say(f"  {counts_of(text)}")
    _say(f"Edit it, then: python -m ingestion check --mapping {out} --extract {extract}")
    return 0


def _land(organisation_id: str | None, source: str | None, again: bool, notes: bool) -> int:
    place = refuse_unless_ready()
    usable, unusable = councils()
    unusable = [unusable_council for unusable_council in unusable if organisation_id in (None, unusable_council.organisation_id)]
    asked = [(council.organisation_id, name) for council in usable for name in council.sources if source in (None, name)]
    asked = [(council, name) for council, name in asked if organisation_id in (None, council)]
    if not asked and not unusable:
        raise ConfigurationError("No such council and source is configured. See organisation.yaml of each council")
    start = time.perf_counter()
    held: list[Problem] = []
    wrong = [str(unusable_council) for unusable_council in unusable]
    for says in wrong:
        _say(says)
    for council, name in asked:
        try:
            held += _fetch(council, name)
            report = land_source(council, name, again)
        except (ConfigurationError, ContractError) as error:
            # It does not stop others from landing.
            wrong.append(f"{council} {name} was not landed: {error}")
            _say(wrong[-1])
            continue
        _say(report)
        for problem in report.problems:
            if problem.severity == HELD or notes:
                _say(f"  {problem.severity}: {problem.message}")
        held += [problem for problem in report.problems if problem.severity == HELD]
    if organisation_id is None and source is None:
        strays = unclaimed(place, usable, {unusable_council.organisation_id for unusable_council in unusable})
        held += strays
        for problem in strays:
            _say(f"  {problem.severity}: {problem.message}")
    _say(f"{time.perf_counter() - start:.1f} s; {'nothing is held' if not held else f'{len(held)} problems to act on'}")
    if wrong:
        _say(f"The configuration is wrong in {len(wrong)} places, as said above; the others were landed")
    return 2 if wrong else 1 if held else 0


def _fetch(council: str, source: str) -> list[Problem]:
    """Fetch the files at the source's place, if it has one. Returns the problems that somebody must act on."""
    try:
        arrival = fetch_source(council, source)
    except PlaceFailed as error:
        problems = [Problem("place_failed", HELD, "", str(error))]
    else:
        problems = [problem for problem in arrival.problems if problem.severity == HELD]
        if arrival.fetched or arrival.already_known:
            _say(arrival)
    for problem in problems:
        _say(f"  {problem.severity}: {problem.message}")
    return problems


if __name__ == "__main__":
    run(main)
