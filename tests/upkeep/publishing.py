"""Small publications, one after the other, as a run makes them: folders, files, list of hashes, chain and `latest`."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from foundation import published_files
from foundation.storage import Storage, shared

MAY = "may_override: [Director]\nmay_withdraw: [Director, Data Protection Officer]\n"
FIRST, SECOND, THIRD = "2024-08/aaaaaaaaaaaa", "2024-09/bbbbbbbbbbbb", "2024-09/cccccccccccc"


def publish(store: Storage, name: str, hour: int) -> Path:
    """Publish one with two audiences, made at that hour of 12 October 2024."""
    folder = store.published / name
    made_at = f"2024-10-12T{hour:02}:00:00+00:00"
    manifest = {
        "publication": folder.name,
        "month": folder.parent.name,
        "made_at": made_at,
        "as_known_at": made_at,
        "deliveries_in_force": [],
    }
    shared(folder / "inside" / "marts")
    shared(folder / "inside" / "scorecard")
    shared(folder / "public")
    pl.DataFrame({"indicator_id": [f"turnover_rate_{hour}"]}).write_parquet(folder / published_files.FIGURES)
    (folder / "inside" / "scorecard" / "index.html").write_text(f"<p>The figures of {hour} o'clock")
    (folder / "public" / "figures.html").write_text(f"<p>Figures of {hour} o'clock")
    (folder / published_files.MANIFEST).write_text(json.dumps(manifest))
    published_files.seal(folder, store)
    published_files.point_latest_to(folder, store)
    return folder


def three(store: Storage) -> list[Path]:
    """Two months, the second one published twice."""
    return [publish(store, name, hour) for hour, name in enumerate((FIRST, SECOND, THIRD), start=7)]
