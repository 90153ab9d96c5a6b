"""The models described on one page: what each table and column means, what it is made from, and its SQL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from foundation.storage import shared, storage
from warehouse.build import BuildFailed
from warehouse.models import PROJECT, dbt_environment, dbt_target, project_options

PAGE = "index.html"


def write_docs(folder: Path) -> Path:
    """Write dbt's documentation of the last build as one page that loads nothing from outside, and return its path.

    The page has names, types, descriptions and SQL. It has no data, and no path of this machine. Raises BuildFailed.
    """
    place = storage()
    if not place.build_database.exists():
        raise BuildFailed(f"{place.build_database}: there is no build to describe. Build first: python -m warehouse build")
    written = dbt_target(place) / "static_index.html"
    written.unlink(missing_ok=True)
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "docs", "generate", "--static", *project_options(dbt_target(place))]
    run = subprocess.run(command, cwd=PROJECT, env=dbt_environment(place), capture_output=True, text=True, check=False)
    if not written.exists():
        raise BuildFailed(f"dbt could not write the documentation:\n{(run.stdout + run.stderr).strip()}")
    told = written.read_text(encoding="utf-8")
    for of_this_machine in (dbt_target(place), PROJECT):
        told = told.replace(str(of_this_machine), of_this_machine.name)
    page = shared(folder) / PAGE
    page.write_text(told, encoding="utf-8")
    return page
