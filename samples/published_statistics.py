"""What others publish about the sample councils: the Department's figures for them, their regions, neighbours and England, and who lives there.

The Department's figures are real, and written in its own layout (`published_figures.csv`, `statistical_neighbours.csv`). Residents are made up.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import yaml

from samples.published_figures import CARRIED, PublishedYear

ORGANISATION = "england"
NEIGHBOURS = Path(__file__).resolve().parent / "statistical_neighbours.csv"
RELEASED = datetime(2026, 3, 12, 6, tzinfo=UTC)
CENSUS = 2021
MADE_UP = "Made up for the samples; no published figure"
FILES = {
    "comparators": "csww_indicators_2022_to_2025.csv",
    "statistical_neighbours": "sn_model_2025_wide.csv",
    "resident_profile": f"resident_profile_{CENSUS}.csv",
}
MAPPINGS = {
    "comparators": "csww_indicators.yaml",
    "statistical_neighbours": "statistical_neighbours.yaml",
    "resident_profile": "resident_profile.yaml",
}
SETTINGS = {
    "id": ORGANISATION,
    "name": "England",
    "la_code": "NATIONAL",
    "new_la_code": "E92000001",
    "region": "England",
    "first_month": "2017-09",
    "sources": {source: {"owner": "Analyst of the warehouse", "delivers": "history"} for source in FILES},
}
EMPTY_TABLES = {
    "not_supplied.csv": "source,measure,from_month,to_month,symbol,counts_above",
    "post_grades.csv": "list,job_role,from_date,to_date",
    "team_changes.csv": "from_date,old_team_id,new_team_id",
}
# Per hundred residents of working age.
RESIDENTS = {
    "age": {"under 25": 14, "25 to 34": 21, "35 to 44": 21, "45 to 54": 22, "55 to 64": 22},
    "sex": {"female": 50, "male": 50},
    "ethnicity": {"white": 82, "asian": 9, "black": 4, "mixed": 3, "other": 2},
    "disability": {"disabled": 17, "not disabled": 83},
}
MOST_RESIDENTS = 420_000


def write_published_statistics(councils: Iterable[PublishedYear], comparators: Path, out: Path, seed: int) -> str:
    """Write an organisation that stands for England, with its configuration and extracts. Returns what was written, in words.

    `comparators` is the project's folder of mappings of the Department's files.
    """
    folder = out / "config" / "organisations" / ORGANISATION
    (folder / "mappings").mkdir(parents=True)
    (folder / "organisation.yaml").write_text(yaml.safe_dump(SETTINGS, sort_keys=False), encoding="utf-8")
    for name, header in EMPTY_TABLES.items():
        (folder / name).write_text(header + "\n", encoding="utf-8")
    for source, mapping in MAPPINGS.items():
        shutil.copyfile(comparators / mapping, folder / "mappings" / f"{source}.yaml")
    tables: dict[str, Sequence[Sequence[object]]] = {
        "comparators": _without_comments(CARRIED),
        "statistical_neighbours": _without_comments(NEIGHBOURS),
        "resident_profile": _residents(councils, seed),
    }
    for source, table in tables.items():
        path = out / "inbox" / ORGANISATION / source / FILES[source]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(table)
        os.utime(path, (RELEASED.timestamp(), RELEASED.timestamp()))
    return f"{ORGANISATION}: published figures of {len(tables['comparators']) - 1} areas and years; residents are made up"


def _without_comments(path: Path) -> list[list[str]]:
    return list(csv.reader(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")))


def _residents(councils: Iterable[PublishedYear], seed: int) -> list[Sequence[object]]:
    """One row per area, strand and group."""
    rows: list[Sequence[object]] = [("area_code", "area_name", "year", "strand", "group_name", "residents", "population", "published_in")]
    for council in councils:
        random = Random(f"{seed}:residents:{council.la_code}")
        people = random.randrange(MOST_RESIDENTS // 4, MOST_RESIDENTS)
        for strand, shares in RESIDENTS.items():
            for group, share in shares.items():
                residents = round(people * share * random.uniform(0.8, 1.2) / 100)
                rows.append((council.new_la_code, council.name, CENSUS, strand, group, residents, "working_age", MADE_UP))
    return rows
