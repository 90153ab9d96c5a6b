"""DfE's published files, landed and built as any extract is. They are read where they lie: no copy is kept in the project."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from warehouse.storage import REPOSITORY

PUBLISHED = REPOSITORY.parent / "shared" / "data" / "dfe_csww"
BESIDE_THE_CHECKOUT = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="DfE's published files are not beside this checkout")
CONFIG = REPOSITORY / "config" / "comparators"
# Organisation that stands for England, then its files: source, mapping, file and the day on which it is received.
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


def lay_out_published(home: Path) -> None:
    """Put DfE's files into a data root's inbox, and England into its configuration. Nothing where they are not beside the checkout."""
    if not PUBLISHED.is_dir():
        return
    sources: dict[str, dict[str, object]] = {}
    for organisation_id, source, mapping, name, received in FILES:
        folder = home / "config" / "organisations" / organisation_id
        (folder / "mappings").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CONFIG / f"{mapping}.yaml", folder / "mappings" / f"{source}.yaml")
        sources.setdefault(organisation_id, {})[source] = {"owner": "Analyst of the warehouse", "delivers": "history"}
        extract = home / "inbox" / organisation_id / source / name
        extract.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PUBLISHED / name, extract)
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
