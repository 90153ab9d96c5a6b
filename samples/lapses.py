"""People whom HR's extracts leave out although they are there, or keep although they are gone. HR gets a warning or note for each.

Never in a September, and only in snapshots, because the latest full history has everybody.
"""

from __future__ import annotations

from datetime import timedelta

from samples.careers import MANY_ROWS
from samples.choices import FULL_TIME, Lives
from samples.months import month_after, weekdays
from samples.truth import Absence

SERVED = timedelta(days=700)
RETURNS_AFTER = timedelta(days=45)


def lapse(lives: Lives) -> None:
    """Let HR forget each kind of thing once, in a council where a few rows are a small share of the file."""
    if lives.can_hold_events and len(lives.council.assignments) >= MANY_ROWS:
        for lapse_of_hr in LAPSES:
            lapse_of_hr(lives)


def somebody_is_left_out_of_one_extract(lives: Lives) -> None:
    """A social worker is missing from one extract and is in the next with the old start date."""
    month = lives.a_month()
    chosen = lives.stayer(month)
    if chosen is not None:
        lives.council.left_out.add((chosen, month))


def somebody_is_gone_and_still_paid(lives: Lives) -> None:
    """An early help worker leaves and is removed from the report at once. Payroll pays for the last days."""
    month = lives.a_month()
    chosen = lives.early_help_worker(month - SERVED, month.replace(day=17))
    lives.council.left_out.add((chosen, month))


def somebody_is_gone_and_still_absent(lives: Lives) -> None:
    """An early help worker leaves on a month's last day and is in no later extract. An absence was never closed."""
    last = lives.a_month()
    month = month_after(last)
    chosen = lives.early_help_worker(last - SERVED, last)
    chosen.end_known = month
    lives.council.left_out.add((chosen, month))
    number, start = 1 + max((absence.number for absence in lives.council.absences), default=0), last.replace(day=15)
    lives.council.absences += [
        Absence(
            number, chosen.person, "other", start, month + RETURNS_AFTER, end, weekdays(max(start, end.replace(day=1)), end) * FULL_TIME
        )
        for end in (last, month)
    ]


LAPSES = (somebody_is_left_out_of_one_extract, somebody_is_gone_and_still_paid, somebody_is_gone_and_still_absent)
