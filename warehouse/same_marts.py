"""Whether the marts of a build are those of a publication, byte for byte."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

import duckdb

from foundation.storage import Storage, private
from warehouse.publish import identity_of, mart_names, write_marts


def marts_of(place: Storage) -> list[str]:
    """The marts of the build."""
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        return mart_names(built)


def made_of_the_same(place: Storage, publication: Path) -> bool:
    """Whether the build has the inputs, configuration and code that made a publication."""
    with duckdb.connect(str(place.build_database), read_only=True) as built:
        return identity_of(built) == publication.name


def differing_marts(place: Storage, publication: Path, names: Collection[str] | None = None) -> list[str]:
    """The marts of the build, or those named, whose Parquet files are not those of a publication. One that either does not have differs too."""
    inside = publication / "inside" / "marts"
    with (
        duckdb.connect(str(place.build_database), read_only=True) as built,
        tempfile.TemporaryDirectory(dir=private(place.build_folder)) as aside,
    ):
        tables = sorted({*mart_names(built)} if names is None else {*mart_names(built)} & {*names})
        write_marts(built, tables, Path(aside))
        published = {path.stem for path in inside.glob("*.parquet")}
        there = set(tables) & published
        differ = {table for table in there if (Path(aside) / f"{table}.parquet").read_bytes() != (inside / f"{table}.parquet").read_bytes()}
        return sorted(differ | (set(tables) ^ (published if names is None else published & {*names})))
