"""What must be true of every rule, and the rules that all sources have in common."""

import subprocess
import sys

import pytest

from contracts import contract, raw_columns, sources
from expectations.engine.check_rule import Rule, holds
from expectations.rules import marts
from expectations.rules.every_source import SOURCES
from tests.expectations.landed_council import LandedCouncil, failed, outcomes

EVERY_RULE = [rule for checks in SOURCES.values() for rule in checks.rules] + list(marts.RULES)


def test_every_source_that_has_a_contract_has_checks() -> None:
    assert sorted(SOURCES) == list(sources())


def test_a_rule_id_names_one_rule() -> None:
    ids = [rule.rule_id for rule in EVERY_RULE]
    assert len(ids) == len(set(ids))


def test_every_rule_says_what_is_wrong_and_what_to_do() -> None:
    assert all(len(rule.told) > 20 and len(rule.fix) > 20 for rule in EVERY_RULE)
    assert [rule.rule_id for rule in EVERY_RULE if "{" in rule.told or "{" in rule.fix] == []


def test_a_rule_that_compares_sources_cannot_block() -> None:
    with pytest.raises(ValueError, match="HR-999: a rule that compares sources cannot block"):
        Rule("HR-999", "block", "says", "fix", holds("agrees"), reads=("establishment",))


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_the_columns_that_a_check_reads_are_in_raw(source: str) -> None:
    assert set(SOURCES[source].columns) <= {name for name, _ in raw_columns(contract(source))}


def test_the_rules_can_be_read_without_great_expectations() -> None:
    code = "import sys, expectations.source_check; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def answers(question: str) -> list[dict[str, object]]:
    return [{"survey_name": "Health check", "standard": 1, "question_id": question, "answer": 4}] * 10


def test_of_every_source_rejected_rows_copies_and_empty_extracts_are_seen(council: LandedCouncil) -> None:
    council.deliver("survey", "2025-04", answers("Q1"), rows_rejected=0)
    council.deliver("survey", "2025-05", answers("Q1"), rows_accepted=95, rows_rejected=5)
    council.deliver("survey", "2025-06", answers("Q1"), rows_accepted=94, rows_rejected=6)
    council.deliver("survey", "2025-07", answers("Q1"), sha256="a" * 64)
    council.deliver("survey", "2025-08", answers("Q1"), sha256="a" * 64)
    council.deliver("survey", "2025-09", [])
    results = council.check("survey")
    months = ["2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09"]
    expected = {
        "SUR-001": ["passed", "passed", "passed", "passed", "passed", "failed"],
        "SUR-003": ["passed", "failed", "failed", "passed", "passed", "passed"],
        "SUR-004": ["passed", "passed", "passed", "passed", "failed", "passed"],
    }
    assert {rule_id: outcomes(results, rule_id) for rule_id in expected} == {
        rule_id: dict(zip(months, of_month, strict=True)) for rule_id, of_month in expected.items()
    }
    # An extract without rows has no share of rejected rows.
    assert outcomes(results, "SUR-002") == dict(zip(months[:5], ["passed", "passed", "failed", "passed", "passed"], strict=True))
    counted = {result.period: result.rows_failed for result in results if result.rule_id == "SUR-003"}
    assert (counted["2025-05"], counted["2025-06"], counted["2025-07"]) == (5, 6, 0)


def test_an_empty_extract_of_staff_in_post_is_refused(council: LandedCouncil) -> None:
    september = council.deliver("hr_assignments", "2025-09", [])
    assert failed(council.check("hr_assignments")) == {"HR-001"}
    assert council.state("hr_assignments", september) == "held"
