"""Whether the month's publication is late, asked without Airflow: by the day, the publications and nothing else.

Airflow's own deadline is noticed by its scheduler, so that a scheduler that is down alerts nobody. This is for cron.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from alerts.alert_settings import LONDON, settings
from alerts.owner_mail import send_mail
from foundation.published_files import publications
from foundation.storage import Storage, shared, write_whole
from foundation.withdrawals import withdrawn
from foundation.working_days import HOURS_UNTIL_LATE, PUBLICATION_DAY, PUBLICATION_HOUR, working_day


def late_month(store: Storage, now: datetime) -> str | None:
    """The month (`YYYY-MM`) whose publication is due and missing; None if there is none.

    One that was withdrawn was not late. A month is due on the eighth working day of the next month, three hours after the run began. Before that day, the month before it is.
    """
    month = _month_due(now)
    is_published = any(folder.parent.name == month for folder in (*publications(store), *withdrawn(store)))
    return None if is_published else month


def tell_late_publication(store: Storage, now: datetime) -> str | None:
    """Mail the engineers that a month's publication is late, once a day while it is. Returns what is to be said; None if nothing is late.

    Raises ConfigurationError, and whatever the mail server or Airflow's database fail with, after which the next call tries again.
    """
    month = late_month(store, now)
    if month is None:
        return None
    due = _due(month)
    says = (
        f"The publication of {month} is late. It was due on {due:%-d %B %Y}, {due:%H:%M}, and is not in {store.published}. "
        "Readers see the last one. What to do: docs/runbooks/workforce_month.md, section The publication is late"
    )
    memory = shared(store.home / "alerts" / "engineers") / "late_publication.json"
    told = {"month": month, "day": now.astimezone(LONDON).date().isoformat()}
    how = settings()
    if how.smtp_connection and how.engineers and not _is_told(memory, told):
        send_mail(how, list(how.engineers), f"Late: the publication of {month}", f"<p>{says}.</p>")
        write_whole(memory, lambda part: part.write_text(json.dumps(told) + "\n", encoding="utf-8"))
    return says


def _is_told(memory: Path, told: dict[str, str]) -> bool:
    return memory.exists() and json.loads(memory.read_bytes()) == told


def _month_due(now: datetime) -> str:
    """The last month whose publication should be there."""
    here = now.astimezone(LONDON)
    month = _before(here)
    return f"{month:%Y-%m}" if here >= _due(f"{month:%Y-%m}") else f"{_before(month):%Y-%m}"


def _before(instant: datetime) -> datetime:
    """A day of the month before."""
    return instant.replace(day=1) - timedelta(days=1)


def _due(month: str) -> datetime:
    """Until when the publication of a month should be there, in England."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:7]), 12)
    day = working_day(year, number + 1, PUBLICATION_DAY)
    return datetime(day.year, day.month, day.day, PUBLICATION_HOUR + HOURS_UNTIL_LATE, tzinfo=LONDON)
