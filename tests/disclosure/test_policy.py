"""Who is shown what: the policy of all councils, by date, and what a council makes stricter."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from disclosure.policy import Rule, policy
from foundation.configuration import ConfigurationError
from foundation.storage import REPOSITORY

MONTH = date(2026, 12, 31)
OURS = yaml.safe_load((REPOSITORY / "config" / "disclosure.yaml").read_text(encoding="utf-8"))


def _write(folder: Path, written: object, council: str | None = None) -> Path:
    path = folder / "organisations" / council / "disclosure.yaml" if council else folder / "disclosure.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(written if isinstance(written, str) else yaml.safe_dump(written), encoding="utf-8")
    return path


def test_a_configuration_without_a_policy_has_the_warehouses_own(tmp_path: Path) -> None:
    found = policy(MONTH, tmp_path)
    assert found.audiences["inside"].rule("sensitive", "a") == Rule(least_people=10, small_counts_to=4, hides_none_and_all=True)
    assert found.audiences["inside"].levels("a") == ("team", "service", "organisation")
    assert found.audiences["public"].levels("a") == ("organisation",)
    assert not found.audiences["public"].has_table("movement_month")
    assert found.audiences["public"].has_table("indicator_value")
    assert (found.widths.people, found.widths.share_per_cent, found.widths.pay_share_per_cent) == (2, 20, 25)


def test_the_last_entry_that_has_begun_holds(tmp_path: Path) -> None:
    stricter = yaml.safe_load(yaml.safe_dump(OURS[0]))
    stricter["from"] = date(2026, 12, 1)
    stricter["audiences"]["inside"]["classes"]["pay"]["least_people"] = 20
    _write(tmp_path, [stricter, OURS[0]])
    assert policy(date(2026, 11, 30), tmp_path).audiences["inside"].rule("pay", "a").least_people == 10
    assert policy(MONTH, tmp_path).audiences["inside"].rule("pay", "a").least_people == 20


def test_a_council_is_stricter_for_its_own_rows_and_everybody_above_it(tmp_path: Path) -> None:
    _write(tmp_path, OURS)
    own = {"from": date(2026, 1, 1), "audiences": {"inside": {"finest_level": "service", "classes": {"pay": {"least_people": 15}}}}}
    _write(tmp_path, [own], "ashby")
    inside = policy(MONTH, tmp_path).audiences["inside"]
    assert [inside.rule("pay", council).least_people for council in ("ashby", "other", None)] == [15, 10, 15]
    assert (inside.levels("ashby"), inside.levels("other")) == (("service", "organisation"), ("team", "service", "organisation"))
    assert policy(date(2025, 12, 31), tmp_path).audiences["inside"].rule("pay", "ashby").least_people == 10


def test_a_council_may_publish_finer_levels_than_others(tmp_path: Path) -> None:
    _write(tmp_path, [{"from": date(2026, 1, 1), "audiences": {"public": {"finest_level": "service"}}}], "ashby")
    public = policy(MONTH, tmp_path).audiences["public"]
    assert (public.levels("ashby"), public.levels("other")) == (("service", "organisation"), ("organisation",))


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (
            {"inside": {"classes": {"sensitive": {"least_people": 9}}}},
            "entry 1.audiences.inside.classes.sensitive shows more than the policy",
        ),
        ({"public": {"classes": {"staffing": {"small_counts_to": 3}}}}, "classes.staffing shows more"),
        ({"inside": {"classes": {"sensitive": {"hides_none_and_all": False}}}}, "classes.sensitive shows more"),
        ({"inside": {"tables": ["unit"]}}, "has a key that is not known"),
    ],
)
def test_a_council_that_is_looser_is_refused(tmp_path: Path, rules: object, says: str) -> None:
    path = _write(tmp_path, [{"from": date(2026, 1, 1), "audiences": rules}], "ashby")
    with pytest.raises(ConfigurationError, match=says) as refused:
        policy(MONTH, tmp_path)
    assert str(path) in str(refused.value)


def _changed(*path: str, to: object) -> list[object]:
    entry = yaml.safe_load(yaml.safe_dump(OURS[0]))
    place = entry
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return [entry]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("- from: [", r"disclosure\.yaml, line \d: this is not readable YAML"),
        ({}, "it must be a list of entries"),
        (_changed("from", to="soon"), "entry 1.from must be a day like 2026-12-01"),
        (_changed("audiences", "inside", "classes", "pay", to=10), "entry 1.audiences.inside.classes.pay must have keys and values"),
        (
            _changed("audiences", "inside", "classes", "pay", "least_people", to="ten"),
            "pay.least_people must be a whole number from 0 to 1000",
        ),
        (
            _changed("audiences", "inside", "classes", "pay", "least_persons", to=10),
            "pay has a key that is not known. Known keys are least_people",
        ),
        (_changed("audiences", "public", "finest_level", to="person"), "public.finest_level must be one of team, service, organisation"),
        (_changed("audiences", "public", "tables", to="most"), "public.tables must be a list of tables, or"),
        (_changed("audit", "people", to=-1), "entry 1.audit.people must be a whole number"),
        (_changed("from", to=date(2027, 1, 1)), "no entry holds in 2026-12"),
        ([OURS[0], OURS[0]], "two entries have the same `from`"),
    ],
)
def test_a_policy_that_cannot_be_read_names_file_and_key(tmp_path: Path, written: object, says: str) -> None:
    _write(tmp_path, written)
    with pytest.raises(ConfigurationError, match=says) as refused:
        policy(MONTH, tmp_path)
    assert str(tmp_path / "disclosure.yaml") in str(refused.value)
