"""What a run is to do: by the form on Airflow's page, or by its date."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import ParamValidationError

from dags.run_form import Asked, asked, form
from dags.workforce_month import month

# 11 p.m. in UTC is the next day in summer in England.
DAY = datetime(2025, 6, 30, 23, 30, tzinfo=UTC)


def run(run_type: str, logical_date: datetime | None = DAY) -> Any:
    return SimpleNamespace(run_type=run_type, logical_date=logical_date)


def filled_in(**values: object) -> Any:
    return ParamsDict(form(["here", "there"]) | {}).validate() | values


@pytest.mark.parametrize(("run_type", "expected"), [("scheduled", "2025-06"), ("backfill", "2025-06"), ("manual", None)])
def test_a_run_with_a_date_is_of_the_month_before_it_in_england_and_a_run_by_hand_of_the_last_month(
    run_type: str, expected: str | None
) -> None:
    assert asked(filled_in(), run(run_type)) == Asked(expected, None, (), False)


def test_the_form_outweighs_the_date() -> None:
    form_of_run = filled_in(month="2024-03-15", as_known_at="2024-05-01T09:00:00Z", councils=["there"], dry_run=True)
    assert asked(form_of_run, run("scheduled")) == Asked("2024-03", datetime(2024, 5, 1, 9, tzinfo=UTC), ("there",), True)


@pytest.mark.parametrize("wrong", [{"month": 2024}, {"councils": "there"}, {"dry_run": "perhaps"}])
def test_the_form_takes_only_what_it_asks_for(wrong: dict[str, object]) -> None:
    params = ParamsDict(form(["here", "there"]))
    with pytest.raises(ParamValidationError):
        params.update(wrong)
        params.validate()


def test_the_month_has_the_form_with_its_councils_to_choose_from() -> None:
    offered = month.params.get_param("councils").schema["examples"]
    assert {"cambridgeshire", "peterborough"} <= set(offered)
    assert month.params.get_param("month").schema["format"] == "date"


def test_no_task_has_a_copy_of_the_form() -> None:
    """With 153 councils the copies took a quarter of the time to read the DAG, and three quarters of its place in Airflow's database."""
    assert {task.task_id for task in month.tasks if len(task.params)} == set()
