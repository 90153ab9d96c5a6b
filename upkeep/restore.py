"""`python -m warehouse restore`: whatever can be made again, from what cannot.

From originals, ledger, identities, publications, configuration and key come the rows, the results of checks and the build. The ledger has the
hash of each delivery's rows, and a publication has its marts: both say whether what was made again is what was there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from contracts import ContractError
from expectations.marts_check import TOLD_MARTS, CheckErrored, MartsRefused, check_marts, tell_the_build
from expectations.source_check import check_source
from foundation import ledger, published_files
from foundation.configuration import ConfigurationError
from foundation.storage import Storage
from ingestion.landing.landing_readiness import refuse_unless_ready
from ingestion.renewing.rows_again import rows_again
from upkeep.published_results import PublishedResults
from warehouse.build import BuildFailed, BuildKilled, BuildRunning, build
from warehouse.same_marts import differing_marts, made_of_the_same, marts_of


@dataclass
class Restored:
    """A sentence for each thing that could not be made again."""

    could_not: list[str] = field(default_factory=list)

    def lines(self) -> Iterable[str]:
        """The result in words."""
        yield from self.could_not
        yield f"{len(self.could_not)} things could not be made again" if self.could_not else "Everything is there again. Now run the month"


def restore(tell: Callable[[str], object] = print) -> Restored:
    """Make rows, results of checks and the build again, as far as they are missing or damaged. `tell` is told of each step as it is done.

    The build is the one of the last publication, as known then. Raises ConfigurationError where nothing can be written or read.
    """
    store = refuse_unless_ready()
    done = Restored()
    _rows(store, done, tell)
    published = _last_publication(store)
    _results(store, published, done, tell)
    _build(store, published, done, tell)
    return done


def _rows(store: Storage, done: Restored, tell: Callable[[str], object]) -> None:
    for organisation_id, source in ledger.known_sources(store):
        try:
            made = rows_again(organisation_id, source, store)
        except (ConfigurationError, ContractError) as wrong:
            done.could_not.append(f"{organisation_id} {source}: {wrong}")
            continue
        if made.made:
            tell(str(made))
        done.could_not += made.not_made


def _last_publication(store: Storage) -> Path | None:
    """The folder of the publication that readers see, if all of it is whole."""
    folder = published_files.latest(store)
    return None if folder is None or any(published_files.damage_of_publication(folder, store)) else folder


def _results(store: Storage, published: Path | None, done: Restored, tell: Callable[[str], object]) -> None:
    """Check sources whose results are lost. Those about which the ledger has learnt nothing since the publication get the publication's."""
    results = PublishedResults(published) if published else None
    known_until = _as_known_at(published) if published else None
    for organisation_id, source in ledger.known_sources(store):
        told = results is not None and results.told(organisation_id, source)
        if (store.checks / f"{source}__{organisation_id}.parquet").exists() and (
            store.quality(organisation_id, source).is_dir() or not told
        ):
            continue
        try:
            check_source(organisation_id, source)
        except (ConfigurationError, ValueError) as wrong:
            done.could_not.append(f"{organisation_id} {source} could not be checked: {wrong}")
            continue
        says = f"{organisation_id} {source}: checked again"
        states = [state for delivery in ledger.deliveries(organisation_id, source, store) for state in delivery.states]
        if (
            results
            and known_until
            and (organisation_id, source) in results.sources()
            and all(state.instant <= known_until for state in states)
        ):
            results.put_back(organisation_id, source, store)
            says += ", with the days on which problems were first seen"
        tell(says)


def _build(store: Storage, published: Path | None, done: Restored, tell: Callable[[str], object]) -> None:
    """Build, and hold the marts against those of the publication."""
    try:
        made = build(as_known_at=_as_known_at(published) if published else None)
        done.could_not += [*made.damage, *map(str, made.left_out)]
        says = f"{made.database}: {made.models} models and seeds built"
        if published and made_of_the_same(store, published):
            if not differing_marts(store, published, but=TOLD_MARTS):
                # What was found of these very marts stands.
                tell_the_build(store.build_database, PublishedResults(published).put_back_marts(store))
            differ = differing_marts(store, published)
            if differ:
                done.could_not.append(f"These marts are not those of the publication {published.name}: {', '.join(differ)}. Report it")
            else:
                says += f". Each of {len(marts_of(store))} marts is byte for byte that of the publication {published.parent.name}/{published.name}"
        else:
            check_marts()
            says += ", and the marts checked"
            if published:
                says += f". The configuration, the code or the ledger is not that of the publication {published.name}, so they were not compared"
        tell(says)
    except (BuildFailed, BuildKilled, BuildRunning, CheckErrored, MartsRefused, ConfigurationError) as wrong:
        done.could_not.append(str(wrong))


def _as_known_at(publication: Path) -> datetime:
    return datetime.fromisoformat(json.loads((publication / published_files.MANIFEST).read_bytes())["as_known_at"])
