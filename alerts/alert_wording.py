"""Names for a reader: months, sources, and the indicators that items hold, from the metrics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

import yaml

from alerts.open_items import URGENT, Item
from reporting import figure_wording
from warehouse.models import PROJECT

INDICATORS = PROJECT / "models" / "indicators"
MOST_MONTHS_NAMED = 3  # in a subject line
SEVERITIES = {
    "missing": "The month is missing",
    "refused": "The file is not used",
    "block": "The file is held",
    "hold": "Indicators are held",
    "warn": "To correct",
    "note": "For information",
}


def month(period: str) -> str:
    """`2025-09` as "September 2025"."""
    return figure_wording.month(date(int(period[:4]), int(period[5:7]), 1)) if period[:1].isdigit() else period


def months(periods: Iterable[str]) -> str:
    """Months in order: "August 2025, September 2025". If there are more than three, only the first and the last."""
    each = sorted(set(periods))
    return (
        ""
        if not each
        else f"{month(each[0])} to {month(each[-1])}"
        if len(each) > MOST_MONTHS_NAMED
        else ", ".join(month(period) for period in each)
    )


def source_name(source: str) -> str:
    """The name of a source, as used within a sentence."""
    return figure_wording.continued(figure_wording.source(source))


def held_titles(source: str, items: Iterable[Item]) -> tuple[str, ...]:
    """The titles of the indicators that open items hold: those that a rule names. If a file of the source is not used, all that need the source."""
    kept = [item for item in items if item.severity == "hold" or item.severity in URGENT]
    named = {name for item in kept for name in item.indicators}
    whole = any(item.severity in URGENT for item in kept)
    return tuple(title for indicator_id, title, needs in _indicators() if source in needs and (whole or indicator_id in named))


@cache
def _indicators() -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Id, title and sources of each indicator and definition, from its metric."""
    found = []
    for path in INDICATORS.glob("*.yml"):
        for metric in yaml.safe_load(path.read_text(encoding="utf-8")).get("metrics", ()):
            meta = (metric.get("config") or {}).get("meta") or {}
            if "indicator" in meta:
                found.append((meta["order"], meta["indicator"], metric["label"], frozenset(meta["needs"])))
    return tuple((indicator_id, title, needs) for _, indicator_id, title, needs in sorted(found, key=lambda row: row[0]))
