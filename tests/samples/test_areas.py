"""Figures of authorities that also give their region's published rates."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from samples.areas import fit_areas
from samples.plan import plan_council
from samples.published_figures import SampleError, read_published

AUTHORITIES = Path(__file__).parent / "published_authorities.csv"
CODES = ("881", "886")  # Essex and Kent


def region_file(folder: Path, rate: str, people: str = "x") -> Path:
    """Two authorities as published, made a region of their own with the given turnover rate and headcount of 2025."""
    lines = [line for line in AUTHORITIES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = [row for row in csv.DictReader(lines) if row["old_la_code"] in CODES]
    for row in rows:
        row["region_name"] = "Nowhere"
    area = dict.fromkeys(rows[0], "x") | {
        "time_period": "2025",
        "geographic_level": "Regional",
        "region_name": "Nowhere",
        "old_la_code": "",
        "country_name": "England",
        "turnover_rate_fte": rate,
        "inpost_headcount": people,
    }
    path = folder / "region.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([*rows, area])
    return path


def turnover_after(path: Path) -> tuple[Fraction, int]:
    """The two authorities' turnover rate, and by how many hundredths their leavers differ from the published tenths."""
    published = read_published(path)
    plans = fit_areas([plan_council(published, code, [2025], [], str(path)) for code in CODES], path)
    figures = [plan.figures[-1] for plan in plans]
    moved = sum(
        abs(figures_of_year.leavers_fte - 10 * (published[code, 2025].tenths("leavers_fte") or 0))
        for code, figures_of_year in zip(CODES, figures, strict=True)
    )
    return Fraction(100 * sum(figure.leavers_fte for figure in figures), sum(figure.inpost_fte for figure in figures)), moved


def test_a_region_is_fitted_by_as_few_hundredths_as_decide_it(tmp_path: Path) -> None:
    """The published tenths give 11.6513, printed as 11.7, and nothing is moved. To print 11.6 the rate must be below 11.65."""
    as_is, not_moved = turnover_after(region_file(tmp_path, "11.7"))
    fitted, moved = turnover_after(region_file(tmp_path, "11.6"))
    assert as_is > Fraction("11.65") > fitted > Fraction("11.649")
    assert moved - not_moved in (1, 2, 3)


def test_a_region_that_its_authorities_cannot_give_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match=r"Nowhere 2025 turnover_rate_fte"):
        turnover_after(region_file(tmp_path, "99.9"))


def test_a_region_of_which_the_file_has_few_authorities_is_left_alone(tmp_path: Path) -> None:
    """Essex and Kent have 1,743 social workers between them."""
    as_is, _ = turnover_after(region_file(tmp_path, "11.7"))
    assert turnover_after(region_file(tmp_path, "99.9", people="5000"))[0] == as_is
