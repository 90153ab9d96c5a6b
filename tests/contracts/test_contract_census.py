"""The items of the workforce census in the Department's specification of 2024-25, and the columns that answer them."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import contract, sources, versions
from contracts.census_items import census_items, read_census_items
from contracts.code_lists import ContractError, code_lists
from contracts.contract_pages import page_of

# Section 4.5 of the specification, in the order of the message: number, element, and for whom it is mandatory.
WORKER_OF_2025 = """
N00599 AgencyWorker all
N00582 SWENo all
N00549 FTE all
N00066 PersonBirthDate all_but_agency
N00783 Sex all_but_agency
N00575 Ethnicity all_but_agency
N00584 QualLevel all_but_agency
N00585 StepUpGrad all_but_agency
N00586 OrgRole all_but_agency
N00550 RoleStartDate all_but_agency
N00587 StartOrigin all_but_agency
N00551 RoleEndDate leavers
N00588 LeaverDestination leavers
N00595 ReasonLeave leavers
N00589 FTE30 all_but_agency
N00590 Cases30 all_but_leavers
N00556 WorkingDaysLost all_but_agency
N00591 ContractWeeks none
N00596 FrontlineGrad all_but_agency
N00597 Absat30Sept none
N00598 ReasonAbsence none
N00813 BaseSalary all_but_agency
N00814 RRPayments none
N00815 OtherPayments none
"""
AUTHORITY_OF_2025 = """
N00592 NumberOfVacancies
N00580 NoAgencyFTE
N00581 NoAgencyHeadcount
N00804 RecruitmentBonus
N00805 RetentionBonus
N00806 PerformanceAward
N00807 CarAllowance
N00808 RelocationPackage
N00809 RegionalWeighting
N00810 CostSWE
N00811 CostDBS
N00812 OtherAllowances
"""
HEADER = "N00600 Collection N00602 Year N00603 ReferenceDate N00604 SourceLevel N00216 LEA N00605 SoftwareCode N00609 DateTime"


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]


def test_the_items_of_2025_have_the_specifications_numbers_order_and_who_must_have_them() -> None:
    asked = [item for item in census_items().values() if item.is_asked_in(2025)]
    worker = [[item.number, item.element, item.mandatory_for] for item in asked if item.level == "worker"]
    authority = [[item.number, item.element] for item in asked if item.level == "authority"]
    header = [f"{item.number} {item.element}" for item in asked if item.level == "header"]
    assert worker == lines(WORKER_OF_2025)
    assert authority == lines(AUTHORITY_OF_2025)
    assert " ".join(header) == HEADER
    assert all(item.mandatory_for == "all" for item in asked if item.level != "worker")


def test_this_septembers_fte_and_that_of_the_september_before_are_two_items() -> None:
    items = census_items()
    assert (items["FTE"].when, items["FTE30"].when) == ("date", "date_a_year_before")
    assert "FTE on 30 September of the census year. 0 for leavers" in items["FTE"].in_words
    assert "FTE on the 30 September before the census year. 0 for people who started" in items["FTE30"].in_words
    assert [item.when for item in items.values()].count("date_a_year_before") == 1


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025, 2026])
def test_every_item_of_a_years_census_has_a_column_or_says_what_answers_it(year: int) -> None:
    columns = [column for source in sources() for column in contract(source, f"{year}-09").columns]
    answered = {item.element for column in columns for item in column.census_items}
    asked = {item.element for item in census_items().values() if item.is_asked_in(year)}
    by_other_means = {item.element for item in census_items().values() if item.answered}
    assert asked - by_other_means <= answered
    assert not answered & by_other_means


@pytest.mark.parametrize("source", sources())
def test_no_version_answers_an_item_that_none_of_its_years_asks(source: str) -> None:
    for version in versions(source):
        # October belongs to the census year that ends in the next calendar year.
        first = 2017 if version.from_month is None else int(version.from_month[:4]) + (version.from_month[5:] >= "10")
        last = 2030 if version.to_month is None else int(version.to_month[:4]) + (version.to_month[5:] >= "10")
        items = [item for column in version.columns for item in column.census_items]
        assert all(any(item.is_asked_in(year) for year in range(first, last + 1)) for item in items), version.version


def test_the_fte_of_staff_in_post_has_the_six_decimals_that_the_census_asks_for() -> None:
    for version in versions("hr_assignments"):
        column = version.column("fte")
        assert column.physical_type == "decimal(11,6)"
        assert [item.element for item in column.census_items] == ["FTE", "FTE30"]


def test_a_code_list_of_the_census_names_an_item_and_its_code_set() -> None:
    of_the_census = [code_list for code_list in code_lists().values() if code_list.element]
    assert {code_list.element for code_list in of_the_census} <= set(census_items())
    assert {code_list.element: code_list.code_set for code_list in of_the_census if code_list.code_set} == {
        "Ethnicity": "CS080",
        "OrgRole": "CS090",
        "StartOrigin": "CS091",
        "LeaverDestination": "CS092",
        "ReasonLeave": "CS097",
        "ReasonAbsence": "CS098",
    }


def test_redundancy_and_leaving_england_are_a_destination_and_no_origin() -> None:
    destination, origin = (code_lists()[column].code("outside_social_care").label for column in ("leaver_destination", "start_origin"))
    assert all(words in destination and words not in origin for words in ("redundancy", "left England"))


def test_a_page_says_which_item_a_column_answers_and_who_must_have_it() -> None:
    page = page_of(contract("hr_assignments"))
    assert "DfE census: N00584 QualLevel, mandatory for all but agency workers. Level of the qualification." in page
    assert "DfE census: N00549 FTE, mandatory for all." in page
    assert "DfE census: N00589 FTE30, mandatory for all but agency workers." in page
    assert "DfE census: N00814 RRPayments, voluntary." in page
    assert "DfE census: N00590 Cases30, mandatory for all but leavers, agency workers included." in page_of(contract("caseload"))
    assert "code set is CS092." in page


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FTE: {level: worker, asks: FTE}", "FTE: needs `level`, `asks` and `mandatory_for`"),
        ("FTE: {level: worker, asks: FTE, mandatory_for: everybody}", "FTE: `mandatory_for` must be one of all, all_but_agency"),
        ("FTE: {level: person, asks: FTE, mandatory_for: all}", "FTE: `level` must be one of header, authority, worker"),
        ("FTE: {level: worker, asks: FTE, mandatory_for: all, when: now}", "FTE: `when` must be one of date, date_a_year_before, year"),
        ("FTE: {level: worker, asks: FTE, mandatory_for: all, from_year: soon}", "FTE: `from_year` must be a year, like 2025"),
        ("FTE: {level: worker, asks: FTE, mandatory_for: all, cbds: N1}", "FTE: `cbds` is not known here; known are number, level"),
        (
            "A: {number: N1, level: worker, asks: A, mandatory_for: all}\nB: {number: N1, level: worker, asks: B, mandatory_for: all}",
            "`number` N1 appears twice",
        ),
        ("[", "not readable as YAML"),
        ("- FTE", "must contain the census's items"),
    ],
)
def test_what_is_wrong_with_the_items_is_said_with_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "census.yaml"
    path.write_text(text)
    with pytest.raises(ContractError) as error:
        read_census_items(path)
    assert str(error.value).startswith(str(path))
    assert says in str(error.value)
