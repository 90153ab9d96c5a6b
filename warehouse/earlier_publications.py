"""What earlier publications reported: the only input that is not made again from raw. Publications never change, so each is read as it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from contracts.raw_tables import EARLIER_PUBLICATIONS, PUBLISHED_DELIVERY, PUBLISHED_VALUE
from foundation.storage import Storage

MANIFEST = "manifest.json"


def write_earlier_publications(
    connection: duckdb.DuckDBPyConnection, storage: Storage, as_known_at: datetime | None, month: str | None = None
) -> None:
    """Write the publications made by a time (None: all), their deliveries in force and their indicator values into schema `raw`. Those of months
    after `month` are left out.

    Leaves out a publication that is not yet in place. Columns that an older publication did not have are empty.
    """
    for table, kinds in EARLIER_PUBLICATIONS.items():
        connection.execute(f"create table raw.{table} ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})")
    manifests = [json.loads(path.read_bytes()) | {"folder": path.parent} for path in _manifests(storage.published)]
    made = [manifest | {"published_at": datetime.fromisoformat(manifest["made_at"]).astimezone(UTC)} for manifest in manifests]
    made = [publication for publication in made if as_known_at is None or publication["published_at"] <= as_known_at]
    made = [publication for publication in made if month is None or publication["month"] <= month]
    if not made:
        return
    publications = [(publication["publication"], publication["published_at"].replace(tzinfo=None)) for publication in made]
    connection.executemany("insert into raw.publication values (?, ?)", publications)
    deliveries = [
        {"publication": publication["publication"], **delivery} for publication in made for delivery in publication["deliveries_in_force"]
    ]
    in_force = pl.DataFrame(deliveries, schema=dict.fromkeys(PUBLISHED_DELIVERY, pl.String)).to_arrow()
    connection.register("deliveries_of_publications", in_force)
    connection.execute("insert into raw.published_delivery select * from deliveries_of_publications")
    connection.unregister("deliveries_of_publications")
    for publication in made:
        connection.execute(
            f"""
            insert into raw.published_value
            select {", ".join("? as publication" if name == "publication" else name for name in PUBLISHED_VALUE)}
            from (select * from raw.published_value where false union all by name select * from read_parquet(?))
            """,
            [publication["publication"], str(publication["folder"] / "inside" / "marts" / "indicator_value.parquet")],
        )


def last_through(storage: Storage, month: str) -> Path | None:
    """The folder of the publication that a build of a month (`YYYY-MM`) is compared with: what readers see, or for a past month the last one made
    of no later month. None if there is none."""
    if storage.latest.exists() and (not month or storage.latest.resolve().parent.name <= month):
        return storage.latest
    made = [(json.loads(path.read_bytes())["made_at"], path.parent) for path in _manifests(storage.published) if path.parts[-3] <= month]
    return max(made)[1] if made else None


def _manifests(published: Path) -> list[Path]:
    return sorted(path for path in published.glob(f"[0-9]*/*/{MANIFEST}") if not path.parent.name.startswith("."))
