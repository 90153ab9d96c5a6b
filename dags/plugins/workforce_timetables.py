"""Tells Airflow's scheduler of the timetables that the DAGs use."""

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from dags.working_day_timetable import WorkingDayTimetable


class WorkforceTimetables(AirflowPlugin):
    """What Airflow looks for in its folder of plugins."""

    name = "workforce_timetables"
    timetables: ClassVar = [WorkingDayTimetable]
