"""Code lists are in one place, with labels and DfE's codes. Of a sensitive code, raw keeps only its group."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from contracts import sources, versions
from contracts.code_lists import ContractError, code_lists, in_words, read_code_lists
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row

CODED = [column for source in sources() for contract in versions(source) for column in contract.columns if column.codes]


def test_the_census_codes_are_those_of_the_collection() -> None:
    lists = code_lists()
    assert [code.dfe for code in lists["leaving_reason"].codes] == [*map(str, range(1, 11)), None, None]
    assert [code.dfe for code in lists["start_origin"].codes] == [*map(str, range(1, 11)), None, None]
    assert [code.dfe for code in lists["leaver_destination"].codes] == [*map(str, range(1, 10))]
    assert [code.dfe for code in lists["org_role"].codes] == [*map(str, range(1, 7))]
    assert [code.dfe for code in lists["absence_reason"].codes] == ["MAT", "OTH", "PUB", "SIC", "TRN", "UNA", "UNP"]
    assert [code.dfe for code in lists["gender_current"].codes] == ["0", "1", "2", "9"]
    assert len(lists["ethnicity"].codes) == 18


def test_a_place_that_people_come_from_and_go_to_is_one_number_lower_as_a_destination() -> None:
    origins, destinations = code_lists()["start_origin"], code_lists()["leaver_destination"]
    for code in destinations.codes:
        assert int(origins.code(code.value).dfe or 0) == int(code.dfe or 0) + 1
    assert (origins.code("agency").dfe, destinations.code("agency").dfe) == ("4", "3")


def test_every_code_of_every_contract_has_a_label_and_no_two_of_a_column_the_same() -> None:
    for column in CODED:
        labels = [code.label for code in column.labelled_codes]
        assert len(set(labels)) == len(labels) == len(column.codes)
        assert all(labels)


def test_every_list_is_used_by_a_contract() -> None:
    assert {column.code_list for column in CODED if column.code_list} == set(code_lists())


def test_a_name_is_read_as_words() -> None:
    assert [in_words(column) for column in ("fixed_term", "budgeted_fte", "swe_number")] == ["Fixed term", "Budgeted FTE", "SWE number"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kinds: {title: Kinds, codes: {a: {label: A, code: b}}}", "kinds: codes.a: `code` is not known here; known are label, dfe, group"),
        ("kinds: {title: Kinds, codes: {a: {dfe: '1'}}}", "kinds: codes.a: a code is a text, and needs `label`"),
        ("kinds: {title: Kinds, codes: {a: {label: A, dfe: 1}}}", "`dfe` and `group` are texts; put numbers in quotation marks"),
        ("kinds: {title: Kinds, codes: {a: {label: A, dfe: x}, b: {label: B, dfe: x}}}", "kinds: `dfe` x appears twice"),
        ("kinds: {title: Kinds, codes: {a: {label: A, group: x}, b: {label: B}}}", "either every code has a `group`, or none"),
        ("kinds: {title: Kinds}", "kinds: needs `title` and `codes`"),
        ("kinds: [", "not readable as YAML"),
    ],
)
def test_what_is_wrong_with_a_code_list_is_said_with_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "codes.yaml"
    path.write_text(text)
    with pytest.raises(ContractError) as error:
        read_code_lists(path)
    assert str(error.value).startswith(str(path))
    assert says in str(error.value)


def sensitive(council: SendingCouncil, *rows: str) -> None:
    """Land rows with sex, ethnicity, disability, reason for absence, and salary."""
    columns = "end_date: End, sex: Sex, ethnicity: Ethnicity, disability: Disability, absence_reason: Away, base_salary: Salary}"
    council.mapping("hr_assignments", STAFF_MAPPING.replace("end_date: End}", columns))
    council.staff("staff_2024-10.csv", *rows, header=f"{STAFF_HEADER},Sex,Ethnicity,Disability,Away,Salary", on="2024-11-12T06:00")
    council.land()


def test_raw_has_broad_groups_and_identity_what_the_census_needs(council: SendingCouncil) -> None:
    row = staff_row("1", "1") + ",female,MWBA,not_stated,sick,41234.56"
    sensitive(council, row, staff_row("2", "2") + ",male,NOBT,disabled,,", staff_row("3", "3") + ",,,,,")
    raw = council.raw(period="2024-10")
    assert raw["sex_group"].to_list() == ["female", "male", None]
    assert raw["ethnic_group"].to_list() == ["mixed", "not known", None]
    assert raw["disability_group"].to_list() == ["not known", "disabled", None]
    assert not {"sex", "ethnicity", "disability", "absence_reason", "base_salary"} & set(raw.columns)
    kept = council.identity().row(0, named=True)
    assert (kept["ethnicity"], kept["absence_reason"], str(kept["base_salary"])) == ("MWBA", "sick", "41234.56")


def test_a_value_that_is_sensitive_is_in_no_message(council: SendingCouncil) -> None:
    sensitive(council, staff_row("1", "1"), staff_row("2", "2") + ",female,Purple,disabled,sick,-41234.56", staff_row("3", "3") + ",,,,,")
    rejected = council.rejected()
    assert set(rejected["rule"]) >= {"ethnicity_known", "base_salary_not_negative"}
    assert not rejected["message"].str.contains("Purple|41234").any()


def test_a_person_has_the_same_registration_pseudonym_in_staff_and_agency(council: SendingCouncil) -> None:
    council.mapping(
        "agency",
        r"""
source: agency
file: {pattern: 'bookings_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {booking_id: Booking, worker_id: Worker, swe_number: SWE, team_id: Team, start_date: Start, weekly_hours: Hours}
constants: {job_role: social_worker, registered_social_worker: "true", standard_hours: "37", cover_reason: vacancy}
dates: "%Y-%m-%d"
""",
    )
    council.staff("staff_2024-09.csv", staff_row("1", "1", swe="SW777"))
    council.receive("agency", "bookings_2024-09.csv", "Booking,Worker,SWE,Team,Start,Hours\nB1,W1,SW777,T1,2024-09-02,37\n")
    council.land()
    council.land("agency")
    keys = pl.concat([council.raw()["swe_key"], council.raw("agency")["swe_key"]])
    assert keys.n_unique() == 1
    assert keys[0] != "SW777"
