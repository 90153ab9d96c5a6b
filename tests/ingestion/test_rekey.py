"""A new key gives new pseudonyms to the same people: links and figures stay, and a re-key that was killed is finished."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from foundation.configuration import ConfigurationError
from ingestion.__main__ import main
from ingestion.protecting.pseudonyms import PseudonymKeyError, pseudonyms_of
from ingestion.renewing.rekey import RekeyRefused, rekey
from tests.ingestion.testshire import KEY, SendingCouncil, entries_of, staff_row

NEW_KEY = "another key for these tests, longer than thirty-two characters"
PAYROLL = r"""
source: payroll
file: {pattern: 'pay_(?P<period>\d{4}-\d\d)\.csv', format: csv}
columns: {person_id: Employee, amount: Amount}
constants: {element: basic_pay}
"""
AGREEMENT = """
agreements:
  - id: DSA-1
    between: [testshire, rutland]
    identifiers: [person]
    purpose: One head count of the partnership
    signed: 2024-06-30
    document: Shared drive, agreements, DSA-1.pdf
"""


def everything(home: Path) -> dict[str, bytes]:
    """Every file except the inbox and the mark of what was seen in it, without the ledger's times."""
    found = {}
    for path in sorted(home.rglob("*")):
        if path.is_file() and "inbox" not in path.parts and path.name not in (".lock", ".inbox_seen"):
            content = path.read_bytes()
            if path.suffix == ".chain":
                content = entries_of(content)
            if path.suffix == ".json":
                content = re.sub(rb'"at": "[^"]*"', b"", content)
            found[path.relative_to(home).as_posix()] = content
    return found


def fill(council: SendingCouncil) -> None:
    council.mapping("payroll", PAYROLL)
    council.staff("staff_2024-08.csv", staff_row("00123"), staff_row("00124", "00124-1"), on="2024-09-12T06:00")
    council.staff("staff_2024-09.csv", staff_row("00123"), staff_row("00125", "00125-1"), staff_row("9", "9", fte="7"))
    council.receive("payroll", "pay_2024-09.csv", "Employee,Amount\n00123,3000\n00999,100\n")
    for source in ("hr_assignments", "payroll"):
        assert council.land(source).held == 0


def without_keys(council: SendingCouncil) -> list[tuple[object, ...]]:
    """Raw of both months without its pseudonyms."""
    rows = pl.concat([council.raw(period=period) for period in ("2024-08", "2024-09")])
    return rows.select(column for column in rows.columns if not column.endswith("_key")).rows()


def test_a_re_key_is_byte_for_byte_a_landing_with_the_new_key(
    council: SendingCouncil, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill(council)
    keys = set(council.raw()["person_key"])
    done = rekey(KEY.encode(), NEW_KEY.encode())
    assert (done.rekeyed, done.already) == (3, 0)
    assert not keys & set(council.raw()["person_key"])
    rekeyed = everything(council.home)
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", NEW_KEY)
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path / "afresh"))
    afresh = SendingCouncil(tmp_path / "afresh", council.config)
    fill(afresh)
    assert rekeyed == everything(afresh.home)


def test_persons_are_still_linked_across_months_and_sources_and_nothing_else_changes(council: SendingCouncil) -> None:
    fill(council)
    before = without_keys(council)
    rekey(KEY.encode(), NEW_KEY.encode())
    august, september, pay = council.raw(period="2024-08"), council.raw(), council.raw("payroll")
    assert august["person_key"][0] == september["person_key"][0] == pay["person_key"][0]
    assert august["person_key"][1] != september["person_key"][1]
    assert without_keys(council) == before
    assert set(council.identity()["person_key"]) == set(august["person_key"]) | set(september["person_key"])


def test_the_key_id_stands_in_the_ledger_and_beside_the_identities(council: SendingCouncil) -> None:
    fill(council)
    key_id = pseudonyms_of("testshire", KEY.encode()).key_id
    assert re.fullmatch("[0-9a-f]{8}", key_id)
    assert {delivery.key_id for delivery in council.deliveries()} == {key_id}
    rekey(KEY.encode(), NEW_KEY.encode())
    new = pseudonyms_of("testshire", NEW_KEY.encode()).key_id
    assert new != key_id
    assert {delivery.key_id for delivery in council.deliveries()} == {new}
    for path in (council.home / "identity").rglob("*.parquet"):
        assert pl.read_parquet_metadata(path)["key_id"] == new


def test_a_re_key_is_done_once(council: SendingCouncil) -> None:
    fill(council)
    rekey(KEY.encode(), NEW_KEY.encode())
    before = everything(council.home)
    done = rekey(KEY.encode(), NEW_KEY.encode())
    assert (done.rekeyed, done.already) == (0, 3)
    assert everything(council.home) == before


def test_landing_with_another_key_is_refused(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    council.staff("staff_2024-08.csv", staff_row())
    council.land()
    council.mapping("payroll", PAYROLL)
    council.receive("payroll", "pay_2024-09.csv", "Employee,Amount\n00123,3000\n")
    monkeypatch.setenv("WORKFORCE_PSEUDONYM_KEY", NEW_KEY)
    with pytest.raises(PseudonymKeyError, match=r"staff_2024-08\.csv was landed with the key [0-9a-f]{8}, but the key now is"):
        council.land("payroll")
    rekey(KEY.encode(), NEW_KEY.encode())
    assert council.land("payroll").landed == 1


def test_a_wrong_old_key_changes_nothing(council: SendingCouncil) -> None:
    fill(council)
    before = everything(council.home)
    with pytest.raises(RekeyRefused, match=r"which the old key is not\. Nothing was changed"):
        rekey(b"x" * 40, NEW_KEY.encode())
    assert everything(council.home) == before


def test_an_original_that_is_gone_changes_nothing(council: SendingCouncil) -> None:
    fill(council)
    (original,) = (council.home / "landing" / "payroll" / "testshire").iterdir()
    original.unlink()
    before = everything(council.home)
    with pytest.raises(RekeyRefused, match="its original is no longer in"):
        rekey(KEY.encode(), NEW_KEY.encode())
    assert {name: content for name, content in everything(council.home).items() if not name.startswith("rekey/")} == before
    assert council.land().already_known == 2


def test_a_re_key_that_was_killed_is_finished_and_nobody_lands_meanwhile(council: SendingCouncil, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(council)
    moved = 0
    replace = os.replace

    def killed(source: os.PathLike[str], target: os.PathLike[str], *rest: int) -> None:
        nonlocal moved
        if "rekey" in Path(source).parts and "rekey" not in Path(target).parts:
            moved += 1
            if moved == 3:
                raise KeyboardInterrupt
        replace(source, target, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            rekey(KEY.encode(), NEW_KEY.encode())
    with pytest.raises(ConfigurationError, match="re-key is under way or was interrupted"):
        council.land()
    with pytest.raises(RekeyRefused, match="Finish that one first"):
        rekey(NEW_KEY.encode(), b"y" * 40)
    rekey(KEY.encode(), NEW_KEY.encode())
    assert not (council.home / "rekey").exists()
    assert {delivery.key_id for delivery in council.deliveries()} == {pseudonyms_of("testshire", NEW_KEY.encode()).key_id}
    assert council.raw(period="2024-08")["person_key"][0] == council.raw()["person_key"][0] == council.raw("payroll")["person_key"][0]


def test_the_command_reads_keys_from_the_environment_and_shows_none(
    council: SendingCouncil, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(council)
    monkeypatch.setenv("OLD", KEY)
    asked = ["rekey", "--old-key-env", "OLD", "--new-key-env", "NEW"]
    assert main(asked) == 2
    monkeypatch.setenv("NEW", "short")
    assert main(asked) == 2
    monkeypatch.setenv("NEW", NEW_KEY)
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "NEW has no key" in told
    assert "3 deliveries have new pseudonyms" in told
    assert KEY not in told
    assert NEW_KEY not in told


def test_two_councils_link_a_person_only_by_a_recorded_agreement(council: SendingCouncil, another: Callable[[str], SendingCouncil]) -> None:
    rutland = another("rutland")
    for either in (council, rutland):
        either.staff("staff_2024-09.csv", staff_row("00123"))
        either.land()
    assert council.raw()["person_key"][0] != rutland.raw()["person_key"][0]
    (council.config / "data_sharing_agreements.yaml").write_text(AGREEMENT)
    with pytest.raises(PseudonymKeyError, match="data-sharing agreements, run `python -m ingestion rekey`"):
        council.land()
    rekey(KEY.encode(), KEY.encode())
    assert council.raw()["person_key"][0] == rutland.raw()["person_key"][0]
    assert council.raw()["assignment_key"][0] != rutland.raw()["assignment_key"][0]
    assert council.land().already_known == 1


def test_an_agreement_that_ended_separates_the_councils_again(
    council: SendingCouncil, another: Callable[[str], SendingCouncil], tmp_path: Path
) -> None:
    rutland = another("rutland")
    path = council.config / "data_sharing_agreements.yaml"
    path.write_text(AGREEMENT)
    for either in (council, rutland):
        either.staff("staff_2024-09.csv", staff_row("00123"))
        either.land()
    assert council.raw()["person_key"][0] == rutland.raw()["person_key"][0]
    (tmp_path / "before").mkdir()
    path.rename(tmp_path / "before" / path.name)
    rekey(KEY.encode(), KEY.encode(), tmp_path / "before")
    assert council.raw()["person_key"][0] != rutland.raw()["person_key"][0]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("agreements: yes", "must contain `agreements`, a list"),
        ("agreements: [{id: A}]", "agreement 1 must have id, between"),
        (AGREEMENT.replace("2024-06-30", "soon"), "`signed` must be the date"),
        (AGREEMENT.replace(", rutland", ""), "`between` must be a list of at least 2"),
        (
            AGREEMENT + AGREEMENT.replace("agreements:", "").replace("DSA-1\n", "DSA-2\n"),
            "shares its person identifiers by DSA-1 and by DSA-2",
        ),
        (AGREEMENT + AGREEMENT.replace("agreements:", ""), "two agreements have the same `id`"),
    ],
)
def test_an_agreement_that_is_written_wrongly_says_so(council: SendingCouncil, written: str, says: str) -> None:
    (council.config / "data_sharing_agreements.yaml").write_text(written)
    council.staff("staff_2024-09.csv", staff_row("00123"))
    with pytest.raises(ConfigurationError) as error:
        council.land()
    assert says in str(error.value)


def test_rejected_rows_get_the_pseudonyms_that_accepted_ones_get(council: SendingCouncil) -> None:
    council.staff("staff_2024-08.csv", staff_row("9", "9"), on="2024-09-12T06:00")
    council.staff("staff_2024-09.csv", staff_row("00123"), staff_row("9", "9", fte="7"), staff_row("10", "10", fte="7"))
    council.land()
    rekey(KEY.encode(), NEW_KEY.encode())
    told = council.raw("rejected_key").sort("source_row")
    assert told["person_key"][0] == council.raw(period="2024-08")["person_key"][0]
    assert told["person_key"][1] == pseudonyms_of("testshire", NEW_KEY.encode()).of(pl.Series(["10"]), "person")[0]


def test_a_rejected_number_that_no_accepted_row_and_no_original_has_tells_of_nobody(council: SendingCouncil) -> None:
    council.staff("staff_2024-09.csv", staff_row("00123"), staff_row("10", "10", fte="7"))
    council.land()
    for original in (council.home / "landing" / "hr_assignments").rglob("*.csv"):
        original.unlink()
    rekey(KEY.encode(), NEW_KEY.encode())
    assert council.raw("rejected_key").select("person_key", "assignment_key").rows() == [(None, None)]
