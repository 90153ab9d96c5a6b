"""The contracts as they are read, and the messages for one that cannot be."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from contracts import CONTRACTS, Contract, ContractError, contract, raw_columns, read_contract, sources, versions

ALL = [version for source in sources() for version in versions(source)]


def test_every_source_has_its_contract() -> None:
    from_systems = (
        "hr_assignments establishment org_units payroll agency agency_invoices training courses absence caseload recruitment supervision"
    )
    from_elsewhere = "survey survey_means registration cohorts exit_interviews actions comparators statistical_neighbours resident_profile return_answers"
    assert set(sources()) >= set(f"{from_systems} {from_elsewhere}".split())
    assert {contract.source for contract in ALL} == set(sources())


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: f"{contract.source} {contract.version}")
def test_raw_never_has_a_name_or_an_identifier(contract: Contract) -> None:
    raw = [name for name, _ in raw_columns(contract)]
    for column in contract.columns:
        assert (column.name in raw) == (column.privacy == "open")
        assert (column.raw_name in raw) == column.in_raw
    assert raw[-4:] == ["delivery_id", "source_file", "source_sheet", "source_row"]


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: f"{contract.source} {contract.version}")
def test_the_raw_types_are_types_of_duckdb(contract: Contract) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in raw_columns(contract))
    duckdb.connect().execute(f"create table raw ({columns})")


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: f"{contract.source} {contract.version}")
def test_every_rule_is_an_expression_over_columns_of_its_contract(contract: Contract) -> None:
    for rule in contract.rules:
        assert rule.sql
        assert set(pl.sql_expr(rule.sql).meta.root_names()) <= set(contract.column_names)
        assert rule.says
        assert rule.fix


def test_every_personal_identifier_of_a_kind_has_the_same_raw_name_in_all_sources() -> None:
    kinds = {(column.identifier, column.raw_name) for contract in ALL for column in contract.columns if column.privacy == "pseudonymise"}
    assert len(kinds) == len({kind for kind, _ in kinds})


def test_a_history_has_the_effective_date_in_its_key() -> None:
    assert contract("hr_assignments").key("snapshot") == ("assignment_id",)
    assert contract("hr_assignments").key("history") == ("assignment_id", "effective_from")
    assert contract("survey").key("events") == ()


def test_a_contract_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ContractError, match=r"there is no such contract\. Contracts exist for: absence, actions"):
        contract("appraisals")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value: generalise", "value: secret", "date_of_birth: privacy must be one of open"),
        ("classification: special_category", "classification: secret", "ethnicity: classification must be one of special_category"),
        (
            "value: generalise}, {property: raw_name, value: ethnic_group",
            "value: open}, {property: raw_name, value: ethnic_group",
            "ethnicity: a column that is special_category cannot be open",
        ),
        ("value: ethnicity}", "value: ethnic_origin}", "ethnicity: code_list ethnic_origin is not in codes.yaml"),
        ("[WBRI, WIRI", "[WBRI, WIRT", "ethnicity: validValues has WIRT, which is not in the list ethnicity of codes.yaml"),
        ("value: ethnicity}", "value: org_role}", "ethnicity: validValues has WBRI, which is not in the list org_role"),
        (
            "census, value: QualLevel",
            "census, value: QualificationLevel",
            "qualification_level: census QualificationLevel is not in census.yaml",
        ),
        ("team: {name: HR systems}", "team: {}", "needs `team.name`, the owner"),
        ("  usage: One extract", "  purposes: One extract", "needs name, description (purpose, usage, limitations)"),
        ("physicalType: date", "physicalType: timestamp", "physicalType must be varchar, date"),
        (
            "{property: identifier, value: person}",
            "{property: kind, value: person}",
            "person_id: a pseudonymised column needs `identifier`",
        ),
        ("severity: reject", "severity: warn", "a rule needs name, description and severity (reject or note or leave_out)"),
        ("engine: sql", "engine: soda", "rule swe_number_like: a custom rule needs `engine: sql`"),
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


def test_rows_of_surveys_and_exit_interviews_have_no_person_time_team_or_free_text() -> None:
    apart = [contract for contract in ALL if not contract.linkable]
    assert {contract.source for contract in apart} == {"survey", "exit_interviews"}
    for version in apart:
        kept = [column for column in version.columns if column.in_raw]
        assert all(column.privacy == "open" and not column.identifier and not column.classification for column in kept)
        assert not {column.name for column in kept} & {"team_id", "service_id", "post_id", "sex", "ethnicity", "age_band", "disability"}
        texts = {column.name for column in kept if column.logical_type == "string" and not column.codes}
        assert texts <= {"survey_name", "question_id"}
        assert {column.logical_type for column in kept} <= {"string", "integer", "boolean"}
