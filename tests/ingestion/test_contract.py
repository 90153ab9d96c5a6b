"""The contracts as they are read, and what is said of one that cannot be."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from ingestion.contract import CONTRACTS, Contract, ContractError, contract, raw_columns, read_contract, sources

ALL = [contract(source) for source in sources()]


def test_every_source_has_its_contract() -> None:
    expected = "absence agency caseload establishment hr_assignments payroll survey training"
    assert set(sources()) >= set(expected.split())
    assert [one.source for one in ALL] == list(sources())


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.source)
def test_raw_never_has_a_name_or_an_identifier(one: Contract) -> None:
    raw = [name for name, _ in raw_columns(one)]
    for column in one.columns:
        assert (column.name in raw) == (column.privacy == "open")
        assert (column.raw_name in raw) == (column.privacy in ("open", "pseudonymise", "generalise"))
    assert raw[-4:] == ["delivery_id", "source_file", "source_sheet", "source_row"]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.source)
def test_the_raw_types_are_types_of_duckdb(one: Contract) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in raw_columns(one))
    duckdb.connect().execute(f"create table raw ({columns})")


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.source)
def test_every_rule_is_an_expression_over_columns_of_its_contract(one: Contract) -> None:
    for rule in one.rules:
        assert rule.sql
        assert set(pl.sql_expr(rule.sql).meta.root_names()) <= set(one.column_names)
        assert rule.says
        assert rule.fix


def test_every_personal_identifier_of_a_kind_has_the_same_raw_name_in_all_sources() -> None:
    kinds = {(column.identifier, column.raw_name) for one in ALL for column in one.columns if column.privacy == "pseudonymise"}
    assert len(kinds) == len({kind for kind, _ in kinds})


def test_a_history_has_the_effective_date_in_its_key() -> None:
    assert contract("hr_assignments").key("snapshot") == ("assignment_id",)
    assert contract("hr_assignments").key("history") == ("assignment_id", "effective_from")
    assert contract("survey").key("events") == ()


def test_a_contract_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ContractError, match=r"there is no such contract\. Contracts exist for: absence, agency"):
        contract("exit_interviews")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value: generalise", "value: secret", "date_of_birth: privacy must be one of open"),
        ("physicalType: date", "physicalType: timestamp", "physicalType must be varchar, date"),
        (
            "{property: identifier, value: person}",
            "{property: kind, value: person}",
            "person_id: a pseudonymised column needs `identifier`",
        ),
        ("severity: reject", "severity: warn", "a rule needs name, description and severity (reject or leave_out)"),
        ("engine: sql", "engine: soda", "rule fte_in_range: a custom rule needs `engine: sql`"),
        ("metric: invalidValues", "metric: rowCount", "the only library rule known is one `invalidValues`"),
        ("logicalType: boolean", "logicalType: maybe", "registered_social_worker: logicalType must be one of string"),
        ("apiVersion: v3.1.0", "apiVersion: [", "not a data contract"),
        ("apiVersion: v3.1.0", "apiVersion: v3.1.0\nkeys: []", "not a data contract"),
    ],
)
def test_what_is_wrong_with_a_contract_is_said_with_file_and_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (CONTRACTS / "hr_assignments.odcs.yaml").read_text()
    assert old in text
    path = tmp_path / "hr_assignments.odcs.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ContractError) as error:
        read_contract(path)
    assert str(error.value).startswith(str(path))
    assert says in str(error.value)
