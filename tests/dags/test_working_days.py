"""The eighth working day: bank holidays in England, what Airflow keeps of the timetable, and which run comes next."""

from __future__ import annotations

from datetime import date
from unittest.mock import patch

import pendulum
import pytest
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction

from dags.workforce_month import month
from dags.working_day_timetable import WorkingDayTimetable
from foundation.working_days import PUBLICATION_DAY, working_day

EIGHTH = WorkingDayTimetable(8, 6)


# Counted by hand in the calendar of gov.uk/bank-holidays.
@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (2025, 1, 13),  # New Year
        (2025, 4, 10),  # Easter is later in the month
        (2026, 4, 14),  # Good Friday 3 April, Easter Monday 6 April
        (2024, 4, 11),  # Easter Monday 1 April
        (2025, 5, 13),  # Early May
        (2022, 6, 14),  # Spring and the Platinum Jubilee, 2 and 3 June
        (2022, 9, 12),  # the state funeral on 19 September comes later
        (2023, 5, 12),  # Early May and the Coronation on the 8th
        (2025, 12, 10),  # Christmas comes later
        (2028, 1, 13),  # New Year's Day is a Saturday, so Monday the 3rd is free
    ],
)
def test_the_eighth_working_day_of_a_month(year: int, month: int, day: int) -> None:
    assert working_day(year, month, PUBLICATION_DAY) == date(year, month, day)


def test_christmas_and_its_substitutes_are_no_working_days() -> None:
    # In 2027 Christmas is a Saturday: Monday and Tuesday are free instead, and four working days are left.
    assert working_day(2027, 12, 21) == date(2027, 12, 31)
    with pytest.raises(ValueError, match="December 2027 has 21 working days"):
        working_day(2027, 12, 22)


def test_airflow_keeps_the_timetable_and_runs_each_month_once_at_six_in_england() -> None:
    kept = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(month))
    assert kept.timetable.summary == "8th working day, 6:00"
    runs = [info.run_after for info in kept.iter_dagrun_infos_between(pendulum.datetime(2025, 1, 1), pendulum.datetime(2025, 12, 31))]
    assert [run.month for run in runs] == list(range(1, 13))
    assert {run.in_timezone("Europe/London").hour for run in runs} == {6}
    assert (runs[0].hour, runs[6].hour) == (6, 5), "in summer it is 5 by UTC"


def next_run(now: pendulum.DateTime, last: pendulum.DateTime | None) -> pendulum.DateTime:
    interval = DataInterval.exact(last) if last else None
    with patch("pendulum.DateTime.now", return_value=now):
        info = EIGHTH.next_dagrun_info(last_automated_data_interval=interval, restriction=TimeRestriction(None, None, catchup=False))
    assert info is not None
    return info.run_after


def test_a_new_dag_waits_for_its_day_and_a_scheduler_that_was_down_makes_up_for_the_last_day_alone() -> None:
    october, november, december = (EIGHTH._run(2025, number) for number in (10, 11, 12))
    assert next_run(november.add(days=1), None) == december
    assert next_run(november.subtract(days=1), october) == november
    assert next_run(november.add(days=1), october) == november
    assert next_run(december.add(days=1), october) == december
    assert next_run(november, november) == december
