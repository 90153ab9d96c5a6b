"""The extracts add up to what the Department published."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from samples.generate import generate_published
from samples.published_figures import CARRIED, PublishedYear, read_published
from tests.recount.census import components
from tests.recount.extracts import Extracts
from tests.recount.staff import Staff

AUTHORITIES = Path(__file__).parent / "published_authorities.csv"
LARGE = ("881", "886", "937")  # one year of these is enough
ALWAYS = ("207", "940 / 941")  # without staff figures, a joint authority; the others are for `make test-wide`
CODES = {"cambridgeshire": "873", "leicestershire": "855", "peterborough": "874"}
WHOLE = ("inpost_headcount", "starters_headcount", "leavers_headcount", "agency_headcount", "cases")
SMALLEST_STEP = Decimal("0.05")


def is_number(text: str) -> bool:
    return text.replace(".", "").isdigit()


def shown(counted: dict[str, Decimal | int]) -> dict[str, Decimal]:
    """The counted numerators and denominators and the rates from them, under the Department's column names."""
    found = {name: Decimal(value) for name, value in counted.items()}

    def over(rate: str, upper: str, *lower: str, scale: int = 100) -> None:
        if upper in found and all(name in found for name in lower) and sum(found[name] for name in lower):
            found[rate] = scale * found[upper] / sum(found[name] for name in lower)

    over("turnover_rate_fte", "leavers_fte", "inpost_fte")
    over("turnover_rate_headcount", "leavers_headcount", "inpost_headcount")
    over("agency_rate_fte", "agency_fte", "agency_fte", "inpost_fte")
    over("agency_rate_headcount", "agency_headcount", "agency_headcount", "inpost_headcount")
    over("vacancy_rate_fte", "vacancy_fte", "vacancy_fte", "inpost_fte")
    over("agency_cover_rate_fte", "agency_cover_fte", "agency_fte")
    over("vacancy_agency_cover_rate_fte", "agency_cover_fte", "vacancy_fte")
    over("caseload_fte", "cases", "case_holders_fte", scale=1)
    return found


def differences(counted: dict[str, Decimal | int], published: PublishedYear) -> dict[str, tuple[str, Decimal]]:
    """Published cells for which the count prints something else."""
    found = {}
    values = shown(counted)
    days = Decimal(254 if published.year == 2024 else 253)
    if "working_days_lost_fte" in values and values["inpost_fte"]:
        values["absence_rate_fte"] = 100 * values["working_days_lost_fte"] / (days * values["inpost_fte"])
    for name, value in values.items():
        text = published.cells[name]
        if text == "low":
            same = 0 < value < SMALLEST_STEP
        elif not is_number(text):
            continue
        elif name in WHOLE:
            same = value == Decimal(text)
        else:
            same = abs(value - Decimal(text)) <= SMALLEST_STEP
        if not same:
            found[name] = (text, value)
    return found


@pytest.mark.parametrize("year", [2023, 2024, 2025])
@pytest.mark.parametrize("name", CODES)
def test_three_councils_add_up_to_the_published_figures(councils: dict[str, Extracts], name: str, year: int) -> None:
    published = read_published(CARRIED)[CODES[name], year]
    counted = components(Staff(councils[name]), year)
    supplied = {column for column in counted if is_number(published.cells[column])}
    assert len(supplied) == 13 if published.cells["working_days_lost_fte"] != "u" else 12
    assert differences(counted, published) == {}


@pytest.mark.parametrize(
    "la_code",
    [
        pytest.param(code, marks=() if code in ALWAYS else pytest.mark.wide)
        for code in sorted({code for code, _ in read_published(AUTHORITIES)})
    ],
)
def test_any_authority_adds_up_to_the_published_figures(la_code: str, tmp_path: Path) -> None:
    published = read_published(AUTHORITIES)
    years = [2025] if la_code in LARGE else [2024, 2025]
    generate_published(AUTHORITIES, [la_code], years, tmp_path, say=str)
    (organisation,) = (tmp_path / "config" / "organisations").iterdir()
    extracts = Extracts(tmp_path, organisation.name)
    staff = Staff(extracts)
    checked = 0
    for year in years:
        row = published[la_code, year]
        missing = row.missing_sources()
        for source in missing:
            assert not [period for period in extracts.periods(source) if f"{year - 1}-10" <= period <= f"{year}-09"], source
        if "hr_assignments" not in missing:
            assert differences(components(staff, year), row) == {}
            checked += 1
    assert checked or la_code == "207"
    assert extracts.unknown_headers <= {None}


def declared(home: Path, council: str) -> set[str]:
    header, *rows = (home / "config" / "organisations" / council / "not_supplied.csv").read_text().splitlines()
    assert header == "source,measure,from_month,to_month,symbol,counts_above"
    return set(rows)


def test_a_source_of_symbols_alone_is_not_delivered_and_what_is_counted_above_is(tmp_path: Path) -> None:
    """Birmingham 2024: agency, caseload and absence are of low reliability; the region's caseload has its cases all the same."""
    generate_published(AUTHORITIES, ["330"], [2024], tmp_path, say=str)
    assert declared(tmp_path, "la330") == {
        "agency,,2023-10,2024-09,u,no",
        "absence,,2023-10,2024-09,u,no",
        "caseload,case_holders_fte,2023-10,2024-09,u,yes",
        "caseload,cases,2023-10,2024-09,u,yes",
    }
    extracts = Extracts(tmp_path, "la330")
    assert "2024-05" not in extracts.periods("agency")
    assert all("2024-05" in extracts.periods(source) for source in ("hr_assignments", "establishment", "caseload"))
    assert components(Staff(extracts), 2024)["cases"] == 5792


def test_a_symbol_of_one_measure_leaves_the_rest_of_its_source(tmp_path: Path) -> None:
    """Sunderland 2024: only the FTE of leavers is of low reliability; 28 people left."""
    generate_published(AUTHORITIES, ["394"], [2024], tmp_path, say=str)
    assert declared(tmp_path, "la394") == {"hr_assignments,leavers_fte,2023-10,2024-09,u,no"}
    assert components(Staff(Extracts(tmp_path, "la394")), 2024)["leavers_headcount"] == 28


def test_agency_workers_without_fte_are_booked_for_hours_that_are_not_known(tmp_path: Path) -> None:
    """Warwickshire 2025: 11 agency workers, and 0 FTE of them."""
    generate_published(AUTHORITIES, ["937"], [2025], tmp_path, say=str)
    counted = components(Staff(Extracts(tmp_path, "la937")), 2025)
    assert (counted["agency_headcount"], counted["agency_fte"]) == (11, 0)


def test_without_staff_in_post_nothing_is_delivered(tmp_path: Path) -> None:
    """Kensington and Chelsea supplied nothing for 2025."""
    generate_published(AUTHORITIES, ["207"], [2024, 2025], tmp_path, say=str)
    rows = (tmp_path / "config/organisations/la207/not_supplied.csv").read_text().splitlines()
    assert {row.split(",")[0] for row in rows if row.endswith("2024-10,2025-09,x,2024-09")} == {
        "hr_assignments",
        "establishment",
        "agency",
        "absence",
        "caseload",
        "training",
        "survey",
        "payroll",
    }
    for folder in (tmp_path / "inbox" / "la207").iterdir():
        assert max(Extracts(tmp_path, "la207").periods(folder.name)) <= "2024-09"
