"""What earlier publications reported: the only input that is not made again from raw. Publications never change, so each is read as it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from contracts.raw_tables import EARLIER_PUBLICATIONS, PUBLISHED_DELIVERY, PUBLISHED_VALUE
from foundation.published_files import FIGURES, MANIFEST, DamagedPublication, damage_of_publications, publications
from foundation.storage import Storage
from foundation.withdrawals import withdrawn


def write_earlier_publications(
    connection: duckdb.DuckDBPyConnection, storage: Storage, as_known_at: datetime | None, month: str | None = None
) -> list[DamagedPublication]:
    """Write the publications made by a time (None: all), their deliveries in force and their indicator values into schema `raw`. Those of months
    after `month` are left out.

    Leaves out a publication that is not finished or was withdrawn. Columns that an older publication did not have are empty. Leaves out and returns those that
    are damaged.
    """
    damage = list(damage_of_publications(storage))
    damaged = {wrong.publication for wrong in damage}
    for table, kinds in EARLIER_PUBLICATIONS.items():
        connection.execute(f"create table raw.{table} ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})")
    sound = [folder for folder in publications(storage) if folder.name not in damaged]
    manifests = [json.loads((folder / MANIFEST).read_bytes()) | {"folder": folder} for folder in sound]
    made = [manifest | {"published_at": datetime.fromisoformat(manifest["made_at"]).astimezone(UTC)} for manifest in manifests]
    made = [publication for publication in made if as_known_at is None or publication["published_at"] <= as_known_at]
    made = [publication for publication in made if month is None or publication["month"] <= month]
    if not made:
        return damage
    made_at = [(publication["publication"], publication["published_at"].replace(tzinfo=None)) for publication in made]
    connection.executemany("insert into raw.publication values (?, ?)", made_at)
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
            [publication["publication"], str(publication["folder"] / FIGURES)],
        )
    return damage


def last_through(storage: Storage, month: str) -> Path | None:
    """The folder of the publication that a build of a month (`YYYY-MM`) is compared with: what readers see, or for a past month the last one made
    of no later month. None if there is none."""
    seen = storage.latest.resolve()
    if storage.latest.exists() and seen not in withdrawn(storage) and (not month or seen.parent.name <= month):
        return storage.latest
    damaged = {wrong.publication for wrong in damage_of_publications(storage)}
    sound = [folder for folder in publications(storage) if folder.name not in damaged and (not month or folder.parent.name <= month)]
    return max(sound, key=lambda folder: json.loads((folder / MANIFEST).read_bytes())["made_at"], default=None)
