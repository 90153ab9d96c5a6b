"""The models described on one page: what each table and column means, what it is made from, and its SQL."""

from __future__ import annotations

from pathlib import Path

from warehouse.build import PROJECT, BuildFailed, dbt_target, run_dbt
from warehouse.storage import shared, storage

PAGE = "index.html"


def write_docs(folder: Path) -> Path:
    """Write dbt's documentation of the last build as one page that loads nothing from outside, and return its path.

    The page has names, types, descriptions and SQL: no row of any table, and no path of this machine. Raises BuildFailed.
    """
    place = storage()
    if not place.build_database.exists():
        raise BuildFailed(f"{place.build_database}: there is no build to describe. Build first: python -m warehouse build")
    written = dbt_target(place) / "static_index.html"
    written.unlink(missing_ok=True)
    run = run_dbt(place, ["docs", "generate", "--static"])
    if not written.exists():
        raise BuildFailed(f"dbt could not write the documentation:\n{(run.stdout + run.stderr).strip()}")
    told = written.read_text(encoding="utf-8")
    for of_this_machine in (dbt_target(place), PROJECT):
        told = told.replace(str(of_this_machine), of_this_machine.name)
    page = shared(folder) / PAGE
    page.write_text(told, encoding="utf-8")
    return page
