"""Process limits of made series, against what the NHS's published rules say of them."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from reporting.variation import Measure, Rebase, Variation, variation
from reporting.variation_icons import TOO_SHORT, assurance_icon, assurance_words, sign_icon, sign_words

SERIES = yaml.safe_load((Path(__file__).parents[1] / "golden" / "process_limits" / "series.yaml").read_text(encoding="utf-8"))


def month(number: int) -> date:
    """The last day of the month with this number, counted from 1."""
    return date(2020 + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def read(values: list[Any], better: str = "lower", starts: list[int] | None = None, target: float | None = None) -> Variation:
    rebases = [Rebase(month(start).replace(day=1), "a new process") for start in starts or []]
    return variation([Measure(month(number), value) for number, value in enumerate(values, 1)], better, rebases, target)


@pytest.mark.parametrize("series", SERIES, ids=lambda series: series["name"])
def test_a_made_series_says_what_the_published_rules_say(series: dict[str, Any]) -> None:
    says = series["says"]
    found = read(series["values"], says["better"], says.get("starts"), says.get("target"))
    assert found.sign == says["sign"]
    assert [number for number, dot in enumerate(found.dots, 1) if dot.rule] == says["named"]
    assert (f"{found.rule} {'up' if found.is_up else 'down'}" if found.rule else None) == says["latest"]
    assert found.assurance == says.get("assurance")


def test_there_are_enough_series_and_each_rule_has_its_edge() -> None:
    assert len(SERIES) >= 40
    assert {str(series["says"]["latest"]).split()[0] for series in SERIES} == {"outside", "trend", "near_limit", "shift", "None"}


def test_only_the_rule_of_two_in_three_differs_from_the_package() -> None:
    differing = [series for series in SERIES if "package" in series["says"]]
    assert [series["name"] for series in differing] == [
        "one of the two is beyond the upper limit",
        "one of the two is beyond the lower limit",
    ]
    for series in differing:
        ours, package = set(series["says"]["named"]), set(series["says"]["package"]["named"])
        assert package < ours
        dots = read(series["values"]).dots
        assert all(dots[number - 1].rule == "near_limit" for number in ours - package)
        assert any(dots[number - 2].rule == "outside" for number in ours - package)


def test_limits_stand_at_2_66_mean_moving_ranges() -> None:
    last = read([10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11]).last
    assert last is not None
    mean, spread = Fraction(126, 12), Fraction(23, 11)
    assert (last.mean, last.lower, last.upper) == (mean, mean - Fraction(266, 100) * spread, mean + Fraction(266, 100) * spread)


def test_a_month_without_a_figure_ends_a_run_and_has_no_moving_range() -> None:
    rising = [6, 14, 16, 9, 7, 8, 11, 8, 9, 7, 8, 9, 10, 11, 12, 13]
    assert read(rising).rule == "trend"
    with_a_gap = read([*rising[:13], None, *rising[13:]])
    assert with_a_gap.rule is None
    assert len(with_a_gap.dots) == len(rising)
    without_gap, gap_last = read(rising).last, with_a_gap.last
    assert without_gap is not None and gap_last is not None
    assert gap_last.mean == without_gap.mean
    assert gap_last.upper != without_gap.upper


def test_a_latest_month_without_a_figure_has_no_icon() -> None:
    found = read([*[10, 12] * 6, None])
    assert (found.sign, found.assurance) == (None, None)


def test_a_series_without_a_month_says_nothing() -> None:
    assert read([]).sign is None


def test_a_rebase_before_the_first_month_or_after_the_last_changes_nothing() -> None:
    values = [10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11]
    assert read(values, starts=[1]).dots == read(values, starts=[13]).dots == read(values).dots
    assert read(values, starts=[1]).rebases == ()


@pytest.mark.parametrize(
    ("values", "better", "words"),
    [
        ([10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11], "lower", "No unusual change"),
        ([10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11, 22], "lower", "Worse than usual: above the upper limit"),
        ([10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11, 0], "none", "Unusual: below the lower limit"),
        ([1, 2], "lower", TOO_SHORT),
    ],
)
def test_words_say_what_the_icon_shows(values: list[int], better: str, words: str) -> None:
    found = read(values, better)
    assert sign_words(found) == words
    assert bool(sign_icon(found)) == (words != TOO_SHORT)


def test_each_icon_has_a_shape_of_its_own() -> None:
    steady = [10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11]
    read_as = [read(steady), read([*steady, 22]), read([*steady, 0]), read([*steady, 22], "none"), read([*steady, 0], "none")]
    promised = [read(steady, "lower", target=goal) for goal in (20, 10, 2)]
    icons = [str(sign_icon(found)) for found in read_as] + [str(assurance_icon(found)) for found in promised]
    shapes = [icon.split(">", 1)[1] for icon in icons]  # without the class that gives the colour
    assert len(set(shapes)) == len(shapes) == 8
    assert all('aria-hidden="true"' in icon for icon in icons)
    assert len({assurance_words(found) for found in promised}) == 3
    assert assurance_words(read(steady)) == ""
