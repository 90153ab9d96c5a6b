"""DfE's published files, landed and built like any extract.

If the whole files lie beside the checkout, they are used, and otherwise the few rows in this folder.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import yaml

from foundation.storage import REPOSITORY

PUBLISHED = REPOSITORY.parent / "shared" / "data" / "dfe_csww"
CARRIED = Path(__file__).parent / "published_rows"
CONFIG = REPOSITORY / "config" / "comparators"
# The organisation that stands for England, then its files: source, mapping, file and the day on which it is received.
FILES = (
    ("england", "comparators", "csww_indicators", "csww_indicators_2017_to_2025.csv", datetime(2026, 3, 1, 6, tzinfo=UTC)),
    ("england", "statistical_neighbours", "statistical_neighbours", "sn_model_2025_wide.csv", datetime(2026, 3, 1, 6, tzinfo=UTC)),
    (
        "england_2022",
        "comparators",
        "csww_headline_measures",
        "csww_headline_measures_2017_to_2022.csv",
        datetime(2023, 3, 1, 6, tzinfo=UTC),
    ),
)


def carried_lines(name: str) -> list[str]:
    """The rows of a file that are kept in this folder, its header first."""
    return [line for line in (CARRIED / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def published_text(name: str) -> str:
    """A published file: the whole file if it lies beside the checkout."""
    whole = PUBLISHED / name
    return whole.read_text(encoding="utf-8-sig") if whole.exists() else "\n".join(carried_lines(name)) + "\n"


def lay_out_published(home: Path) -> None:
    """Put DfE's files into a data root's inbox, and England into its configuration."""
    sources: dict[str, dict[str, object]] = {}
    for organisation_id, source, mapping, name, received in FILES:
        folder = home / "config" / "organisations" / organisation_id
        (folder / "mappings").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CONFIG / f"{mapping}.yaml", folder / "mappings" / f"{source}.yaml")
        sources.setdefault(organisation_id, {})[source] = {"owner": "Analyst of the warehouse", "delivers": "history"}
        extract = home / "inbox" / organisation_id / source / name
        extract.parent.mkdir(parents=True, exist_ok=True)
        extract.write_text(published_text(name), encoding="utf-8")
        os.utime(extract, (received.timestamp(), received.timestamp()))
    for organisation_id, settings in sources.items():
        folder = home / "config" / "organisations" / organisation_id
        written = {
            "id": organisation_id,
            "name": "England",
            "la_code": "NATIONAL",
            "new_la_code": "E92000001",
            "region": "England",
            "first_month": "2017-09",
            "sources": settings,
        }
        (folder / "organisation.yaml").write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
        for name in ("not_supplied.csv", "post_grades.csv", "team_changes.csv"):
            header = (REPOSITORY / "config" / "organisations" / "cambridgeshire" / name).read_text(encoding="utf-8").splitlines()[0]
            (folder / name).write_text(header + "\n", encoding="utf-8")
