"""Each attack is withstood: a few of them in the normal run, all in the wide one. The page in the docs lists these attacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hostile.library import ATTACKS
from tests.hostile.trial import Attack, Outcome, attempt
from tests.hostile.verdict import faults

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "hostile_inputs.md").read_text(encoding="utf-8")
# One for each kind of limit, and each quickly done.
ALWAYS = (
    "a bzip2 member in a ZIP",
    "a ZIP that states 200 bytes and the checksum of the first 200",
    "one cell twice",
    "false sizes in the footer and pages",
    "10 million blank lines",
    "a file dated 2099, and its correction",
)
KINDS = {"archive", "workbook", "Parquet", "JSON lines", "CSV", "name", "time", "special file", "changing file", "configuration"}


@pytest.mark.parametrize(
    "attack", [pytest.param(attack, id=attack.name, marks=() if attack.name in ALWAYS else pytest.mark.wide) for attack in ATTACKS]
)
def test_it_is_withstood(attack: Attack, tmp_path: Path) -> None:
    outcome = attempt(attack, tmp_path / "trial")
    assert faults(attack, outcome) == [], outcome.output[0][-2000:]


def test_each_kind_of_attack_is_among_them_and_each_is_named_once() -> None:
    assert {attack.kind for attack in ATTACKS} == KINDS
    assert len({(attack.kind, attack.name) for attack in ATTACKS}) == len(ATTACKS) > 100
    assert {attack.name for attack in ATTACKS} >= set(ALWAYS)


def test_the_page_in_the_docs_is_of_these_attacks_and_each_is_withstood() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \| (yes|\*\*no\*\*[^|]*) \|$", PAGE, re.MULTILINE)
    assert [(kind, name) for kind, name, _ in rows] == [(attack.kind, attack.name) for attack in ATTACKS]
    assert [name for _, name, withstood in rows if withstood != "yes"] == []


def test_an_outcome_that_breaks_a_rule_is_told() -> None:
    attack = Attack("an attack", "archive", lambda _: None, says="held because")
    told = faults(attack, Outcome(seconds=11.0, memory=2 << 30, codes=(None, None), changed_outside=["elsewhere/owned"]))
    assert "took 11.0 s" in told
    assert "took 2,048 MB" in told
    assert "changed elsewhere/owned outside the data root" in told
    assert "the other source did not land" in told
    assert "nothing was held" in told
