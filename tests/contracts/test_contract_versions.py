"""An extract is read by the contract of its month. A new version is written as the difference from the last."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
import yaml

from contracts import CONTRACTS, ContractError, contract, every_version, raw_columns, read_versions, sources, versions
from foundation import ledger
from foundation.configuration import organisations
from foundation.kept_hashes import RAW, hashes_of, places
from foundation.storage import REPOSITORY, Storage
from tests.ingestion.testshire import STAFF_HEADER, STAFF_MAPPING, SendingCouncil, staff_row
from warehouse.inputs import write_inputs

CONFIG = REPOSITORY / "config"


@pytest.mark.parametrize(
    ("period", "version", "has", "has_not"),
    [
        ("2022-09", "1.4.0", {"gender_current", "qualification_institution", "cfkss_status"}, {"sex", "base_salary"}),
        ("2023-09", "1.4.0", {"gender_current"}, {"sex"}),
        ("2023-10", "2.1.0", {"sex", "qualification_institution", "cfkss_status"}, {"gender_current", "base_salary"}),
        ("2024-09", "2.1.0", {"sex"}, {"base_salary"}),
        ("2024-10", "3.1.0", {"sex", "base_salary", "other_payments"}, {"qualification_institution", "cfkss_status"}),
        (None, "3.1.0", {"sex", "base_salary"}, {"gender_current"}),
    ],
)
def test_the_contract_of_a_month_asks_for_what_the_census_of_its_year_asks(
    period: str | None, version: str, has: set[str], has_not: set[str]
) -> None:
    found = contract("hr_assignments", period)
    assert found.version == version
    assert has <= set(found.column_names)
    assert not has_not & set(found.column_names)


@pytest.mark.parametrize("source", sources())
def test_versions_follow_each_other_without_a_gap_and_share_one_raw_table(source: str) -> None:
    known = versions(source)
    assert (known[0].from_month, known[-1].to_month) == (None, None)
    for before, after in pairwise(known):
        assert str(before.to_month) < str(after.from_month)
        assert after.why
    assert len({tuple(raw_columns(contract)) for contract in known}) == 1


def test_a_mapping_may_speak_of_the_columns_of_every_version() -> None:
    every = every_version("hr_assignments")
    assert {"gender_current", "sex", "base_salary", "cfkss_status"} <= set(every.column_names)
    assert not every.column("sex").required


# One mapping for all years: each file has the columns of its own.
COLUMNS = "end_date: End, gender_current: Gender, sex: Sex, base_salary: Salary}"


def with_all_years(council: SendingCouncil) -> SendingCouncil:
    council.mapping("hr_assignments", STAFF_MAPPING.replace("end_date: End}", COLUMNS))
    folder = council.config / "organisations" / council.council / "organisation.yaml"
    folder.write_text(folder.read_text().replace("2024-01", "2022-01"))
    return council


def test_an_extract_of_2023_is_read_by_the_contract_of_2023(council: SendingCouncil) -> None:
    with_all_years(council)
    council.staff("staff_2023-09.csv", staff_row() + ",not_specified", header=f"{STAFF_HEADER},Gender", on="2023-10-12T06:00")
    council.staff("staff_2024-09.csv", staff_row() + ",female", header=f"{STAFF_HEADER},Sex")
    council.staff("staff_2024-10.csv", staff_row() + ",female,40000", header=f"{STAFF_HEADER},Sex,Salary", on="2024-11-12T06:00")
    report = council.land()
    assert (report.landed, report.held) == (3, 0)
    assert [delivery.contract_version for delivery in council.deliveries()] == ["1.4.0", "2.1.0", "3.1.0"]
    groups = [council.raw(period=period)["sex_group"].to_list() for period in ("2023-09", "2024-09", "2024-10")]
    assert groups == [["not known"], ["female"], ["female"]]


def test_what_the_contract_of_a_month_does_not_ask_is_not_kept(council: SendingCouncil) -> None:
    with_all_years(council)
    row = staff_row() + ",female,40000"
    council.staff("staff_2024-09.csv", row, header=f"{STAFF_HEADER},Sex,Salary")
    council.land()
    assert "base_salary" not in council.identity().columns
    assert all(b"40000" not in path.read_bytes() for path in (council.home / "identity").rglob("*.parquet"))


def test_raw_of_an_older_contract_is_read_beside_that_of_a_newer_one(council: SendingCouncil) -> None:
    council.staff("staff_2024-08.csv", staff_row())
    council.staff("staff_2024-09.csv", staff_row())
    council.land()
    august = next(delivery for delivery in council.deliveries() if delivery.period == "2024-08")
    raw = places(august, Storage(council.home))[RAW]
    # As an earlier version of the contract wrote it.
    kept = "person_key, assignment_key, post_id, team_id, fte, start_date, delivery_id, source_row"
    connection = duckdb.connect()
    connection.execute(f"copy (select {kept} from '{raw}') to '{raw}.part' (format parquet)")
    raw.with_name(f"{raw.name}.part").replace(raw)
    ledger.write(replace(august, hashes=hashes_of(august, Storage(council.home))))
    write_inputs(connection, Storage(council.home), CONFIG, organisations(CONFIG))
    rows = connection.execute("select period, post_id, ethnic_group from raw.hr_assignments order by period").fetchall()
    assert rows == [("2024-08", "P1", None), ("2024-09", "P1", None)]
    assert connection.execute("select count(*) from raw.recruitment").fetchone() == (0,)


def a_change(folder: Path, **change: object) -> Path:
    """The payroll contract in a folder of its own, and a change to it from April 2025 on."""
    (folder / "payroll.odcs.yaml").write_text((CONTRACTS / "payroll.odcs.yaml").read_text())
    path = folder / "payroll.from-2025-04.yaml"
    written = {"source": "payroll", "version": "2.0.0", "from_month": "2025-04", "why": "A test."} | change
    path.write_text(yaml.safe_dump(written))
    return path


NEW_COLUMN = {
    "after": "amount",
    "name": "hours",
    "logicalType": "number",
    "physicalType": "decimal(9,2)",
    "description": "Hours paid.",
    "customProperties": [{"property": "privacy", "value": "open"}],
}


def test_a_change_adds_removes_and_changes_columns_and_leaves_the_rest(tmp_path: Path) -> None:
    change = {"name": "paid_fte", "required": True, "customProperties": [{"property": "census", "value": "FTE"}]}
    a_change(tmp_path, add=[NEW_COLUMN], remove=["name"], change=[change])
    before, after = read_versions(tmp_path, "payroll")
    assert (before.to_month, after.from_month) == ("2025-03", "2025-04")
    assert after.column_names == ("person_id", "element", "paid_fte", "amount", "hours")
    assert (before.column("paid_fte").required, after.column("paid_fte").required) == (False, True)
    assert (after.column("paid_fte").census, after.column("paid_fte").privacy) == ("FTE", "open")
    assert raw_columns(before) == raw_columns(after)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"remove": ["grade"]}, "remove: the version before has no grade"),
        ({"change": [{"name": "grade", "required": True}]}, "change: the version before has no grade"),
        ({"add": [NEW_COLUMN | {"after": "grade"}]}, "add: the version before has no grade"),
        ({"add": [NEW_COLUMN | {"name": "amount"}]}, "has a column amount already; put it under `change`"),
        ({"add": [{"name": "hours"}]}, "`add` must be a list of columns, each with name and after"),
        ({"version": "1.0.0"}, "version 1.0.0 must be above 1.0.0"),
        ({"version": "two"}, "needs `version`, like 2.0.0, and `why`"),
        ({"why": ""}, "needs `version`, like 2.0.0, and `why`"),
        ({"from_month": "2025-05"}, "`from_month` the month in the file's name"),
        ({"columns": []}, "`columns` is not known here; known are source, version"),
    ],
)
def test_what_is_wrong_with_a_change_is_said_with_file_and_key(tmp_path: Path, change: dict[str, object], says: str) -> None:
    path = a_change(tmp_path, **change)
    with pytest.raises(ContractError) as error:
        read_versions(tmp_path, "payroll")
    assert str(error.value).startswith(str(path))
    assert says in str(error.value)


def test_a_column_cannot_change_its_type_in_raw(tmp_path: Path) -> None:
    a_change(tmp_path, change=[{"name": "amount", "physicalType": "decimal(12,4)"}])
    with pytest.raises(ContractError, match=r"amount is decimal\(12,2\) in one version and decimal\(12,4\) in version 2\.0\.0"):
        read_versions(tmp_path, "payroll")


def test_a_mapping_that_lacks_what_a_later_contract_needs_is_told_so_for_the_later_months_alone(
    council: SendingCouncil, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_change(tmp_path, change=[{"name": "paid_fte", "required": True}])
    known = read_versions(tmp_path, "payroll")
    monkeypatch.setattr("contracts.contract_versions.versions", lambda _: known)
    every_version.cache_clear()
    council.mapping(
        "payroll",
        r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Employee, amount: Amount}
constants: {element: basic_pay}
""",
    )
    for month in ("2025-03", "2025-04"):
        council.receive("payroll", f"pay_{month}.csv", f"Employee,Amount\n00123,{month[-1]}000\n", on="2025-05-12T06:00")
    report = council.land("payroll")
    every_version.cache_clear()
    assert (report.landed, report.held) == (1, 1)
    (refused,) = [problem for problem in report.problems if problem.severity == "held"]
    assert "payroll of 2025-04 on (contract 2.0.0) needs paid_fte" in refused.message
