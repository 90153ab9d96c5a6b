"""Publish all or nothing: write a publication from schema `marts` into a folder aside, then switch `latest` in one step."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from disclosure.policy import Audience, policy, policy_file
from foundation.configuration import ConfigurationError, configuration_folder, councils
from foundation.page_notes import keep_page_notes
from foundation.published_files import MANIFEST, is_sealed, one_publisher, point_latest_to, seal
from foundation.storage import REPOSITORY, Storage, private, shared, storage
from foundation.withdrawals import says_withdrawn, withdrawn
from warehouse.build import damage_in, left_out, left_out_of
from warehouse.models import PROJECT, SEMANTIC_MANIFEST, dbt_target
from warehouse.provenance import made_by
from warehouse.serving.readers import READERS
from warehouse.written_tables import write_tables

log = logging.getLogger(__name__)

# The code that makes a figure or a page. The same inputs and the same code give the same publication.
MADE_BY = (PROJECT / "models", PROJECT / "macros", PROJECT / "seeds", REPOSITORY / "disclosure", REPOSITORY / "reporting")

MOST_NAMED = 5


class NotAllWell(Exception):
    """Something is held or failed. Raised after everything that can be published was published. The message lists what."""


class NothingToPublish(Exception):
    """No month can be published. The message says what is missing."""


def stage_publication() -> Path:
    """Write the marts of the build into a folder aside, `published/<YYYY-MM>/.<publication>`, and return it.

    It contains for each audience of the policy, `inside` and `public`, `workforce.duckdb` and `marts/*.parquet`, both only from schema
    `marts` and only what that audience is shown. It also has the definitions of the metrics (`inside/semantic_manifest.json`), what people
    say about figures (`inside/page_notes.json`), and `manifest.json`.
    Readers do not see it until `switch_latest`. Raises NothingToPublish.
    """
    place = storage()
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        month = _month(built)
        identity = identity_of(built)
        folder = place.published / month / f".{identity}"
        refuse_withdrawn(folder.with_name(identity), place)
        if folder.exists():
            shutil.rmtree(folder)
        inside = shared(private(folder) / "inside")
        audiences = audiences_of(built)
        manifest: dict[str, object] = {
            "publication": identity,
            "month": month,
            "made_at": datetime.now(UTC).isoformat(timespec="microseconds"),
            "as_known_at": _as_known_at(built),
            "deliveries_in_force": _rows(built, "select organisation_id, source, period, delivery_id from deliveries.deliveries_in_force"),
            "deliveries_held": _rows(built, "select organisation_id, source, period, delivery_id from raw.ledger where state = 'held'"),
            "checks_failed": _rows(
                built,
                "select severity, organisation_id, source, count(*) as results from marts.data_quality_result "
                "where is_latest and outcome not in ('passed', 'accepted') group by all",
            ),
            "councils_left_out": [{"organisation_id": unusable_council.organisation_id} for unusable_council in left_out_of(built)],
            **_completeness(place),
            "checks": _rows(
                built, "select source, severity, outcome, count(*) as results from marts.data_quality_result where is_latest group by all"
            ),
            **made_by(),
        }
    rows = {name: write_tables(place, shared(folder / name), audience) for name, audience in audiences.items()}
    manifest |= {"rows": rows["inside"], "rows_of_public": rows["public"]}
    shutil.copyfile(dbt_target(place) / SEMANTIC_MANIFEST, inside / SEMANTIC_MANIFEST)
    keep_page_notes(configuration_folder(), inside)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    log.info("publication %s of %s is written aside", identity, month)
    return folder


def switch_latest(staged: Path) -> Path:
    """Give a staged publication its name and point `published/latest` to it in one step, unless that is of a later month. Returns its folder.

    The same publication made again is the same folder, so that files that readers have open stay as they are.
    """
    place = storage()
    final = staged.with_name(staged.name.removeprefix("."))
    with one_publisher(place):
        refuse_withdrawn(final, place)
        if not is_sealed(final):
            if staged != final and staged.exists():
                # What a switch that was killed left behind, no reader has seen.
                shutil.rmtree(final, ignore_errors=True)
                staged.replace(final)
            seal(final, place)
        elif staged != final and staged.exists():
            shutil.rmtree(staged)
        seen = place.latest.resolve()
        if place.latest.exists() and seen.parent.name > final.parent.name and seen not in withdrawn(place):
            log.info("%s of %s is published; latest stays at %s", final.name, final.parent.name, seen.parent.name)
            return final
        point_latest_to(final, place)
    log.info("latest is now %s", final.name)
    return final


def refuse_withdrawn(final: Path, place: Storage) -> None:
    """Raise NothingToPublish if this very publication was withdrawn: the same inputs and the same code would bring its figures back."""
    if final in withdrawn(place):
        raise NothingToPublish(
            f"{says_withdrawn(final) or f'{final}: this publication was withdrawn'}. The same deliveries, configuration and code would publish the "
            "same figures again. Correct what it was withdrawn for, then run the month: docs/runbooks/withdraw_a_publication.md"
        )


def confirm(published: str | None, is_complete: bool | None, held: Mapping[str, Sequence[str] | None], is_dry: bool = False) -> None:
    """Raise NotAllWell if nothing was published, a source could not be landed or a council not checked, or a delivery is held.

    `held`: why deliveries are held, by task of a council; None for a task that did not succeed. In a dry run the month only has to be complete.
    """
    reasons = [reason for those in held.values() for reason in those or ()]
    try:
        reasons += [str(unusable_council) for unusable_council in councils()[1]]
        reasons += [str(unusable_council) for unusable_council in left_out(storage())] if is_complete else []
        reasons += damage_in(storage()) if is_complete else []
    except ConfigurationError as error:
        reasons.append(str(error))
    reasons = list(dict.fromkeys(reasons))
    unfinished = [task for task, those in held.items() if those is None]
    if unfinished:
        shown = ", ".join(unfinished[:MOST_NAMED]) + (f" and {len(unfinished) - MOST_NAMED} more" if len(unfinished) > MOST_NAMED else "")
        reasons.append(f"{len(unfinished)} of {len(held)} tasks of councils did not succeed: {shown}")
    if is_dry and not is_complete:
        reasons.append("Nothing could be published: see the failed task")
    elif not is_dry and published is None:
        reasons.append("Nothing was published: see the failed task. The last good publication stays")
    if reasons:
        raise NotAllWell("\n".join(reasons))


def _completeness(place: Storage) -> dict[str, object]:
    """What the month lacks by the gate, and who overrode it and why. Empty if the gate did not run."""
    path = place.checks / "completeness.json"
    found = json.loads(path.read_bytes()) if path.exists() else {}
    return {"lacking": found.get("gaps", []), "overrides": found.get("overrides", [])}


def audiences_of(built: duckdb.DuckDBPyConnection) -> dict[str, Audience]:
    """Who is shown what of a build, by its month and councils. Raises NothingToPublish and ConfigurationError."""
    year, number = map(int, _month(built).split("-"))
    councils_in_it = [row[0] for row in built.execute("select organisation_id from marts.organisation").fetchall()]
    return policy(date(year, number, monthrange(year, number)[1]), of_councils=councils_in_it).audiences


def _month(built: duckdb.DuckDBPyConnection) -> str:
    row = built.execute("select strftime(max(month_end), '%Y-%m') from marts.indicator_value").fetchone()
    if row is None or row[0] is None:
        raise NothingToPublish(
            f"{storage().home}: no delivery has been accepted, so there is no month to publish. "
            "Put extracts into inbox/<council>/<source>/. `python -m warehouse.ledger` shows whether they were accepted"
        )
    return str(row[0])


def _as_known_at(built: duckdb.DuckDBPyConnection) -> str:
    """The time up to which the build knew. A build as known at this time gives the same figures again."""
    known = built.execute("select epoch_us(as_known_at) from operations.build").fetchone()
    assert known is not None
    return (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=known[0])).isoformat(timespec="microseconds")


def identity_of(built: duckdb.DuckDBPyConnection) -> str:
    """Twelve hexadecimal digits for the inputs: deliveries in force, configuration, checks, and the code that makes the figures."""
    digest = hashlib.sha256()
    for query in (
        "select organisation_id, source, period, delivery_id from deliveries.deliveries_in_force order by all",
        "select organisation_id, source, delivery_id from raw.ledger where state = 'held' order by all",
        "select rule_id, delivery_id, outcome, rows_failed from raw.checks order by all",
    ):
        digest.update(repr(built.execute(query).fetchall()).encode())
    digest.update(policy_file(configuration_folder()).read_bytes())
    for root in (configuration_folder(), *MADE_BY):
        for path in sorted(root.rglob("*")):
            # Who reads the figures elsewhere changes none of them.
            if path.name == READERS:
                continue
            if path.suffix in (".csv", ".yaml", ".yml", ".sql", ".py", ".j2", ".css"):
                digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _rows(built: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, object]]:
    relation = built.sql(f"{query} order by all")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
