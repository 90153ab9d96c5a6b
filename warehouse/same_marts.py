"""Whether the marts of a build are those of a publication, byte for byte."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

import duckdb

from foundation.storage import Storage, private
from warehouse.publish import audiences_of, identity_of
from warehouse.published_tables import published_tables
from warehouse.written_tables import PARQUET, write_tables


def marts_of(place: Storage) -> list[str]:
    """The marts of the build."""
    return [table.name for table in published_tables(place)]


def made_of_the_same(place: Storage, publication: Path) -> bool:
    """Whether the build has the inputs, configuration and code that made a publication."""
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        return identity_of(built) == publication.name


def differing_marts(place: Storage, publication: Path, but: Collection[str] = ()) -> list[str]:
    """The marts of the build whose Parquet files are not those of a publication, `but` for some. One that either does not have differs too."""
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        audience = audiences_of(built)["inside"]
    with tempfile.TemporaryDirectory(dir=private(place.build_folder)) as aside:
        write_tables(place, Path(aside), audience)
        made, published = (
            {path.stem: path.read_bytes() for path in (inside / PARQUET).glob("*.parquet") if path.stem not in but}
            for inside in (Path(aside), publication / "inside")
        )
        return sorted(name for name in {*made, *published} if made.get(name) != published.get(name))
