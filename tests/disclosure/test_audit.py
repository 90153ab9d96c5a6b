"""What readers of an audience can work out of a build: which hidden figures come out by subtraction, and which do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from disclosure.audit import Finding, audit
from disclosure.step import decide
from tests.disclosure.small_build import DAYS, INSIDE, METRICS, built

# Each team's people; of each person one day was lost.
ONE_HIDDEN, TWO_HIDDEN = (20, 30, 6), (20, 8, 6)


def found(folder: Path, people: Sequence[int]) -> tuple[Finding, ...]:
    with built(folder, people) as connection:
        return tuple(audit(connection, INSIDE, (DAYS,), decide(connection, INSIDE, (DAYS,)), METRICS))


def test_the_only_hidden_team_comes_out_of_its_service(tmp_path: Path) -> None:
    assert found(tmp_path, ONE_HIDDEN) == (Finding("days", "days", "sensitive", figures=5, primary=1, secondary=0, exposed=1),)


def test_two_hidden_teams_do_not(tmp_path: Path) -> None:
    assert found(tmp_path, TWO_HIDDEN) == (Finding("days", "days", "sensitive", figures=5, primary=2, secondary=0, exposed=0),)


@pytest.mark.parametrize("people", [(20, 30, 40), ()])
def test_nothing_hidden_is_nothing_found(tmp_path: Path, people: tuple[int, ...]) -> None:
    assert found(tmp_path, people or (50,)) == ()
