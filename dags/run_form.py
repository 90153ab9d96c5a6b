"""What somebody may ask of a run: the form on Airflow's page, and what it means for a run that nobody asked anything of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param

from alerts.alert_settings import LONDON

# Runs whose date says which month they are of. Whoever triggers a run by hand fills in the form.
DATED = ("scheduled", "backfill")


def form(councils: Sequence[str]) -> dict[str, Param]:
    """The form of a run. `councils`: the ids to choose from."""
    return {
        "month": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Month",
            description="Any day of the month to publish. Deliveries of later months are left out. Empty: the month before a scheduled run "
            "or a backfill; in a run by hand, the last month that was delivered",
        ),
        "as_known_at": Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="As known at",
            description="Use only what the warehouse knew at this time. Empty: everything that it knows",
        ),
        "councils": Param(
            [],
            type="array",
            items={"type": "string"},
            examples=list(councils),
            title="Councils",
            description="Whose files are landed and checked. Empty: all. A publication always has every council",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Say what waits. Build and check what has landed. Land, publish and send nothing",
        ),
    }


@dataclass(frozen=True)
class Asked:
    """What a run is to do. `month` is `YYYY-MM`, or None for the last month that was delivered."""

    month: str | None
    as_known_at: datetime | None
    councils: tuple[str, ...]
    dry_run: bool


def asked(params: Mapping[str, Any], run: Any) -> Asked:
    """What a run is to do, by its form and by its date. `run` is Airflow's: its type and its logical date."""
    return Asked(
        month=params["month"][:7] if params["month"] else _month_before(run),
        as_known_at=_instant(params["as_known_at"]) if params["as_known_at"] else None,
        councils=tuple(params["councils"]),
        dry_run=bool(params["dry_run"]),
    )


def _month_before(run: Any) -> str | None:
    """The month before the day of a run, in England."""
    if str(getattr(run.run_type, "value", run.run_type)) not in DATED or run.logical_date is None:
        return None
    return f"{run.logical_date.astimezone(LONDON).replace(day=1) - timedelta(days=1):%Y-%m}"


def _instant(text: str) -> datetime:
    written = datetime.fromisoformat(text)
    return written if written.tzinfo else written.replace(tzinfo=UTC)
