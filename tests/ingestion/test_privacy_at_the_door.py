"""Personal data does not get in: pseudonyms, age bands, and no name or number of a person outside the restricted folders."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.protecting.pseudonyms import PseudonymKeyError, Pseudonyms, master_key
from tests.ingestion.testshire import STAFF_HEADER, TOLERANT, SendingCouncil, staff_row

MASTER = b"a master key of at least thirty-two characters"
RESTRICTED = {"inbox", "landing", "rejected", "identity"}


def pseudonym(identifier: str, kind: str = "person", council: str = "testshire", master: bytes = MASTER) -> str:
    return Pseudonyms(council, master).of(pl.Series([identifier]), kind)[0]


def test_a_pseudonym_is_the_same_in_every_run_and_32_hex_digits() -> None:
    assert pseudonym("00123") == "83a00d91ad46fe0891bb305b8cb86d5d"


@settings(max_examples=60, deadline=None)
@given(identifiers=st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=150)), max_size=12))
def test_a_pseudonym_is_the_beginning_of_an_hmac_sha256_of_the_identifier(identifiers: list[str | None]) -> None:
    key = hmac.digest(MASTER, b"workforce pseudonym\0testshire\0person", "sha256")
    expected = [None if identifier is None else hmac.digest(key, identifier.encode(), "sha256").hex()[:32] for identifier in identifiers]
    assert Pseudonyms("testshire", MASTER).of(pl.Series(identifiers, dtype=pl.String), "person").to_list() == expected


def test_pseudonyms_differ_between_councils_kinds_keys_and_leading_zeros() -> None:
    other_key = b"another key, also of at least 32 characters"
    made = [
        pseudonym("00123"),
        pseudonym("123"),
        pseudonym("00123", kind="assignment"),
        pseudonym("00123", council="rutland"),
        pseudonym("00123", master=other_key),
    ]
    assert len(set(made)) == len(made)


def test_an_empty_identifier_has_no_pseudonym() -> None:
    assert Pseudonyms("testshire", MASTER).of(pl.Series([None, "1"]), "person")[0] is None


def test_a_person_has_one_pseudonym_in_all_sources_and_months_of_a_council(council: SendingCouncil) -> None:
    council.mapping(
        "payroll",
        r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Employee, amount: Amount}
constants: {element: basic_pay}
""",
    )
    council.staff("staff_2024-08.csv", staff_row("00123"))
    council.staff("staff_2024-09.csv", staff_row(" 00123 "))
    council.receive("payroll", "pay_2024-09.csv", "Employee,Amount\n00123,3000\n")
    council.land()
    council.land("payroll")
    keys = {council.raw(period="2024-08")["person_key"][0], council.raw()["person_key"][0], council.raw("payroll")["person_key"][0]}
    assert len(keys) == 1


def test_two_councils_with_the_same_number_have_two_persons(council: SendingCouncil, another: Callable[[str], SendingCouncil]) -> None:
    rutland = another("rutland")
    for either in (council, rutland):
        either.staff("staff_2024-09.csv", staff_row("00123"))
        either.land()
    assert council.raw()["person_key"][0] != rutland.raw()["person_key"][0]


def test_identity_has_what_the_return_needs_beside_the_pseudonyms(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row("00123", "00123-1", born="29/02/1984", swe="SW7"))
    council.land()
    raw = council.raw()
    (kept,) = council.identity().rows(named=True)
    assert {name: value for name, value in kept.items() if value is not None} == {
        "person_key": raw["person_key"][0],
        "assignment_key": raw["assignment_key"][0],
        "swe_key": raw["swe_key"][0],
        "person_id": "00123",
        "assignment_id": "00123-1",
        "date_of_birth": date(1984, 2, 29),
        "swe_number": "SW7",
    }
    assert not {"person_id", "assignment_id", "name", "date_of_birth", "swe_number"} & set(raw.columns)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("30/09/1999", "25 to 34"),
        ("01/10/1999", "under 25"),
        ("30/09/1989", "35 to 44"),
        ("01/10/1959", "55 to 64"),
        ("30/09/1959", "65 and over"),
        ("", None),
    ],
)
def test_the_age_band_is_that_on_the_last_day_of_the_month(council: SendingCouncil, born: str, band: str | None) -> None:
    council.staff("staff_2024-09.csv", staff_row(born=born))
    council.land()
    assert council.raw()["age_band"].to_list() == [band]


@pytest.mark.parametrize(
    ("born", "band", "since"),
    [
        ("15/03/1989", "35 to 44", "2024-03"),  # 35 on 15 March 2024
        ("31/01/1989", "35 to 44", None),  # 35 in the council's first month, so the band held in every month that is counted
        ("29/02/1988", "35 to 44", None),
        ("01/10/1999", "under 25", None),
        ("30/09/1959", "65 and over", "2024-09"),
        ("", None, None),
    ],
)
def test_a_full_history_keeps_the_month_of_an_age_band_and_no_more(
    council: SendingCouncil, born: str, band: str | None, since: str | None
) -> None:
    council.hr = "history"
    council.configure()
    council.staff("staff_2024-09.csv", staff_row(born=born))
    assert council.land().landed == 1
    assert council.raw().select("age_band", "age_band_since").rows() == [(band, since)]


@pytest.mark.parametrize(
    ("born", "turned"), [("28/02/1980", "2015-02"), ("29/02/1980", "2015-03"), ("31/12/1980", "2015-12"), ("01/01/1981", "2016-01")]
)
def test_a_band_holds_since_the_first_month_at_whose_end_it_does(born: str, turned: str) -> None:
    from contracts import contract
    from ingestion.protecting.protect import protect

    day, month, year = map(int, born.split("/"))
    promised = contract("hr_assignments")
    empty = pl.DataFrame(
        {column.name: [None] for column in promised.columns}, schema={column.name: pl.String for column in promised.columns}
    )
    rows = empty.with_columns(date_of_birth=pl.lit(date(year, month, day)))
    made = protect(rows, promised, None, date(2024, 9, 30), history_since="2010-01")
    assert made.select("age_band", "age_band_since").rows() == [("35 to 44", turned)]
    before = date(int(turned[:4]), int(turned[5:]), 1) - timedelta(days=1)
    assert protect(rows, promised, None, before, history_since="2010-01")["age_band"][0] == "25 to 34"


def test_a_snapshot_keeps_no_month_of_an_age_band(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row(born="15/03/1989"))
    council.land()
    assert council.raw()["age_band_since"].to_list() == [None]


def test_no_personal_value_reaches_raw_the_ledger_a_message_or_the_log(council: SendingCouncil, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    marks = {"employee": "EMPMARK1", "assignment": "ASSMARK2", "name": "NAMEMARK3", "born": "MARK4", "swe": "SWEMARK5"}
    planted = [
        staff_row(**marks | {"born": "01/02/1984"}),
        staff_row(**marks | {"born": "01/02/1984"}),
        staff_row(**marks),
        staff_row(**marks, job="?", fte="7", start="?", post="", registered="?", contract="?"),
        staff_row(**marks) + ",one,field,too,many",
        staff_row(**marks | {"employee": "EMPMARK1\tX", "assignment": "#N/A"}),
    ]
    council.staff("staff_2024-09.csv", *planted)
    council.receive("hr_assignments", "staff_2024-08.csv", f"{planted[0]}\n{planted[1]}\n")
    council.staff("staff_2024-07.csv", *planted[2:])
    council.receive("hr_assignments", "staff_2024-06.csv", f"{STAFF_HEADER}\n{planted[0]}".encode() + b"\xff")
    council.receive("hr_assignments", "staff_2024-05.csv", f'{STAFF_HEADER}\n"{planted[0]}')
    council.mapping("hr_assignments", TOLERANT)
    report = council.land()
    assert (report.landed, report.held) == (1, 4)
    seen = caplog.text + repr(report) + "".join(council.rejected()["message"])
    assert "MARK" not in seen
    for path in council.home.rglob("*"):
        if path.is_file() and not RESTRICTED & set(path.parts):
            assert b"MARK" not in path.read_bytes(), path


def test_names_are_not_kept_even_of_rejected_rows(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row(), staff_row("2", "2", name="Person 009999", fte="7"))
    council.land()
    assert "Person 009999" not in council.rejected()["row_text"][0]


def test_a_missing_key_is_an_error_that_says_how_to_make_one(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKFORCE_PSEUDONYM_KEY")
    council.staff("staff_2024-09.csv", staff_row())
    with pytest.raises(PseudonymKeyError, match=r"There is no key for pseudonyms\. Make one with: python -c") as error:
        council.land()
    assert "set it as the environment variable WORKFORCE_PSEUDONYM_KEY" in str(error.value)
    assert not (council.home / "landing").exists()


def test_a_short_key_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", "hunter2")
    with pytest.raises(PseudonymKeyError, match="shorter than 32 characters") as error:
        master_key()
    assert "hunter2" not in str(error.value)


def test_generated_samples_bring_their_own_key_and_the_environment_comes_first(
    council: SendingCouncil, monkeypatch: pytest.MonkeyPatch
) -> None:
    (council.config / "sample_pseudonym_key.yaml").write_text(f"sample: true\nkey: {'s' * 40}\nsays: for samples only\n")
    assert master_key() != b"s" * 40
    monkeypatch.delenv("WORKFORCE_PSEUDONYM_KEY")
    assert master_key() == b"s" * 40


def test_a_key_file_that_is_not_marked_as_a_samples_is_refused(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKFORCE_PSEUDONYM_KEY")
    (council.config / "sample_pseudonym_key.yaml").write_text(f"key: {'s' * 40}\n")
    with pytest.raises(PseudonymKeyError, match="sample: true"):
        master_key()


def test_a_source_without_persons_needs_no_key(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKFORCE_PSEUDONYM_KEY")
    council.mapping(
        "establishment",
        r"""
source: establishment
file: {pattern: 'posts_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {post_id: Post, team_id: Team, team_name: Team, service_id: Service, service_name: Service, budgeted_fte: FTE}
constants: {job_role: social_worker, post_status: active}
""",
    )
    council.receive("establishment", "posts_2024-09.csv", "Post,Team,Service,FTE\nP1,T1,S1,1\n")
    assert council.land("establishment").landed == 1
