"""What is hidden besides, over a whole publication: the cheapest figures, then whole levels, and never what readers know from before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest

from disclosure import suppression
from disclosure.audit import audit
from disclosure.step import Shown
from disclosure.suppression import Revealed
from tests.disclosure.small_build import DAYS, INSIDE, METRICS, built

FEW = (20, 30, 6)


def hidden_teams(shown: Shown, connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in connection.execute(f"select scope_id from ({shown.rows('days')}) where not_shown is not null").fetchall()}


def shown(connection: duckdb.DuckDBPyConnection, earlier: Path | None = None) -> Shown:
    return Shown(connection, INSIDE, (DAYS,), METRICS, besides=True, earlier=earlier)


def published(folder: Path, people: Sequence[int], earlier: Path | None = None) -> tuple[set[str], Path]:
    """The units of which a publication does not show the days, and the folder of its tables."""
    with built(folder, people) as connection:
        given = shown(connection, earlier)
        tables = folder / f"published_{'_'.join(map(str, people))}_{earlier is not None}"
        tables.mkdir()
        connection.execute(f"copy ({given.rows('days')}) to '{tables / 'days.parquet'}' (format parquet)")
        assert not [finding for finding in audit(connection, INSIDE, (DAYS,), given.hidden, METRICS) if finding.exposed]
        return hidden_teams(given, connection), tables


def test_another_team_is_hidden_with_the_only_one_of_few_people(tmp_path: Path) -> None:
    assert published(tmp_path, FEW)[0] in ({"t1", "t3"}, {"t2", "t3"})


def test_nothing_more_is_hidden_if_two_teams_hide_each_other(tmp_path: Path) -> None:
    assert published(tmp_path, (20, 8, 6))[0] == {"t2", "t3"}


def test_what_readers_know_from_the_last_publication_hides_nothing(tmp_path: Path) -> None:
    """All four teams had ten people or more, and were printed. A person leaves t4, a joiner in t1 is new: t2 and t3 are known."""
    nobody, before = published(tmp_path, (20, 21, 22, 11))
    assert nobody == set()
    assert published(tmp_path, (25, 21, 22, 9), before)[0] == {"t1", "t4"}


def test_what_was_hidden_stays_hidden_while_the_figure_is_the_same(tmp_path: Path) -> None:
    """A new team could hide t3 just as well. But the team that hid it before is not printed now, or t3 would come out of both publications."""
    first, before = published(tmp_path, FEW)
    assert published(tmp_path, (*FEW, 12), before)[0] >= first


def test_a_level_is_hidden_if_single_figures_do_not_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suppression, "_protected", lambda _cells, flags, _printed: flags)
    assert published(tmp_path, FEW)[0] == {"t1", "t2", "t3"}


def test_nothing_is_published_if_the_council_itself_gives_a_figure_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suppression, "_with_level", lambda _cells, flags, _found, **_level: flags)
    monkeypatch.setattr(suppression, "_with_marts", lambda _cells, flags, _found: flags)
    monkeypatch.setattr(suppression, "_protected", lambda _cells, flags, _printed: flags)
    with (
        built(tmp_path, FEW) as connection,
        pytest.raises(Revealed, match=r"worked out from those that are, .*: days\.days\. Nothing is published"),
    ):
        shown(connection)


def test_a_figure_that_only_an_earlier_publication_gives_away_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two teams hide each other now. One of them was printed before, so the other comes out: hiding more would not help."""
    monkeypatch.setattr(suppression, "_protected", lambda _cells, flags, _printed: flags)
    monkeypatch.setattr(suppression, "_with_level", lambda _cells, flags, _found, **_level: flags)
    monkeypatch.setattr(suppression, "_with_marts", lambda _cells, flags, _found: flags)
    monkeypatch.setattr(
        suppression.Cells,
        "told_before",
        lambda cells, *_given: (np.arange(len(cells.is_extra)) == 3, np.zeros(len(cells.is_extra), dtype=bool)),
    )
    with built(tmp_path, (20, 8, 6)) as connection:
        assert hidden_teams(shown(connection, tmp_path), connection) == {"t2", "t3"}
