"""A timetable of working days: a DAG runs at an hour of a working day of each month, in England."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from pendulum import DateTime, instance

from alerts.alert_settings import LONDON
from foundation.working_days import working_day

ORDINALS = {1: "st", 2: "nd", 3: "rd"}
MONTHS_OF_A_YEAR = 12


class WorkingDayTimetable(Timetable):
    """Runs at an hour (in England) of the working day of each month with a number: `WorkingDayTimetable(8, 6)` at 6:00 on the eighth.

    Airflow finds it through `dags/plugins/`.
    """

    def __init__(self, number: int, hour: int) -> None:
        self.number, self.hour = number, hour
        self.description = f"At {hour}:00 on the {number}{ORDINALS.get(number, 'th')} working day of each month in England"

    @property
    def summary(self) -> str:
        return f"{self.number}{ORDINALS.get(self.number, 'th')} working day, {self.hour}:00"

    def serialize(self) -> dict[str, Any]:
        return {"number": self.number, "hour": self.hour}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> WorkingDayTimetable:
        return cls(data["number"], data["hour"])

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction) -> DagRunInfo | None:
        after = last_automated_data_interval.end if last_automated_data_interval else None
        if restriction.catchup:
            candidates = [self._after(after)] if after else [self._not_before(restriction.earliest)] if restriction.earliest else []
        else:
            # What a scheduler that was down missed is made up for once. A DAG that is new waits for its next day.
            now = DateTime.now("UTC")
            candidates = [max(self._not_after(now), self._after(after))] if after else [self._after(now)]
            candidates += [self._not_before(restriction.earliest)] if restriction.earliest else []
        if not candidates or (restriction.latest is not None and max(candidates) > restriction.latest):
            return None
        return DagRunInfo.exact(max(candidates))

    def _after(self, instant: DateTime) -> DateTime:
        """The first run after an instant."""
        return next(run for run in self._around(instant) if run > instant)

    def _not_before(self, instant: DateTime) -> DateTime:
        return next(run for run in self._around(instant) if run >= instant)

    def _not_after(self, instant: DateTime) -> DateTime:
        """The last run that was due at an instant."""
        return next(run for run in reversed(self._around(instant)) if run <= instant)

    def _around(self, instant: DateTime) -> list[DateTime]:
        """The runs of the month before an instant, its own month, and the month after."""
        here = instant.astimezone(LONDON)
        months = [here.year * MONTHS_OF_A_YEAR + here.month - 1 + ahead for ahead in (-1, 0, 1)]
        return [self._run(month // MONTHS_OF_A_YEAR, month % MONTHS_OF_A_YEAR + 1) for month in months]

    def _run(self, year: int, month: int) -> DateTime:
        day = working_day(year, month, self.number)
        return instance(datetime.combine(day, time(self.hour), tzinfo=LONDON)).in_timezone("UTC")
