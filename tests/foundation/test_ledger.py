"""The ledger: entries written whole, states only appended, and which delivery is in force."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foundation import ledger
from foundation.ledger import ACCEPTED, HELD, LANDING, SUPERSEDED, Delivery, Problem, State
from foundation.storage import Storage
from warehouse.ledger import main as print_ledger

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setenv("WORKFORCE_HOME", str(tmp_path))
    return Storage(tmp_path)


def delivery(name: str = "a", received_at: str = "2024-10-12T06:00:00+00:00", state: str = ACCEPTED, **other: object) -> Delivery:
    """A delivery of September with 10 rows, of which 1 is rejected and 2 are left out."""
    entry = Delivery(
        delivery_id=f"2024-09-{name}",
        organisation_id="testshire",
        source="payroll",
        period="2024-09",
        delivers="events",
        file=f"{name}.csv",
        sheet=None,
        sha256=name * 64,
        received_at=received_at,
        contract_version="1.0.0",
        rows_read=10,
        rows_accepted=7,
        rows_rejected=1,
        rows_left_out=2,
    )
    return ledger.append_state(replace(entry, **other), state, LANDING, "landed")  # type: ignore[arg-type]


def test_what_is_written_is_read_again(store: Storage) -> None:
    written = delivery(problems=(Problem("unknown_column", "note", "a.csv", "a.csv: a message", 3, "Pay Point"),))
    ledger.write(written)
    assert ledger.deliveries("testshire", "payroll") == [written]
    (path,) = (store.home / "ledger/payroll/testshire").iterdir()
    assert path.name == "2024-09-a.json"
    entry = json.loads(path.read_text())
    assert entry["state"] == "accepted"
    assert entry["states"][0].keys() == {"state", "at", "by", "reason"}
    assert entry["problems"][0]["column"] == "Pay Point"


def test_rows_that_do_not_add_up_are_never_written() -> None:
    with pytest.raises(ValueError, match="rows read are not accepted"):
        ledger.write(delivery(rows_read=11))
    assert ledger.deliveries() == []


def test_deliveries_are_listed_as_they_were_received() -> None:
    for name, received_at in (("a", "2024-11-12T06:00:00+00:00"), ("b", "2024-10-12T06:00:00+00:00")):
        ledger.write(delivery(name, received_at))
    ledger.write(replace(delivery("c"), organisation_id="rutland"))
    assert [delivery.file for delivery in ledger.deliveries("testshire")] == ["b.csv", "a.csv"]
    assert [delivery.file for delivery in ledger.deliveries(source="payroll")] == ["c.csv", "b.csv", "a.csv"]


def test_the_latest_that_is_not_held_is_in_force() -> None:
    first, second = delivery("a"), delivery("b", "2024-11-12T06:00:00+00:00")
    assert ledger.in_force([first, second])["2024-09"] == second
    assert ledger.in_force([first, delivery("b", "2024-11-12T06:00:00+00:00", HELD)])["2024-09"] == first
    assert ledger.in_force([replace(first, period=None)]) == {}


def test_of_two_files_of_one_name_and_time_the_later_landed_is_in_force() -> None:
    earlier, later = delivery("z", file="same.csv"), delivery("a", file="same.csv")
    assert ledger.in_force([later, earlier]) == ledger.in_force([earlier, later]) == {"2024-09": later}


def test_the_past_is_what_had_landed_by_then_in_the_state_it_was_in() -> None:
    def at(day: int, state: str) -> State:
        return State(state, f"2024-11-{day:02}T06:00:00+00:00", LANDING, "why")

    first = replace(delivery("a"), states=(at(1, ACCEPTED), at(3, SUPERSEDED), at(5, ACCEPTED)))
    second = replace(delivery("b", "2024-10-13T06:00:00+00:00"), states=(at(3, ACCEPTED), at(5, HELD)))
    states = {
        day: {delivery.file: delivery.state for delivery in ledger.as_known([first, second], datetime(2024, 11, day, 12, tzinfo=UTC))}
        for day in (1, 3, 5)
    }
    assert states == {
        1: {"a.csv": ACCEPTED},
        3: {"a.csv": SUPERSEDED, "b.csv": ACCEPTED},
        5: {"a.csv": ACCEPTED, "b.csv": HELD},
    }
    assert ledger.as_known([first, second], None) == [first, second]


def test_before_anything_had_landed_the_time_received_tells_what_was_known() -> None:
    landed = (State(ACCEPTED, "2024-12-01T06:00:00+00:00", LANDING, "landed"),)
    first, second = replace(delivery("a"), states=landed), replace(delivery("b", "2024-11-12T06:00:00+00:00"), states=landed)
    assert ledger.as_known([first, second], datetime(2024, 10, 31, tzinfo=UTC)) == [first]
    assert ledger.as_known([first, second], datetime(2024, 10, 1, tzinfo=UTC)) == []


def test_a_held_correction_brings_the_last_good_one_back() -> None:
    for entry in (delivery("a"), delivery("b", "2024-11-12T06:00:00+00:00")):
        ledger.write(entry)
    ledger.settle("testshire", "payroll", "2024-09")
    assert [delivery.state for delivery in ledger.deliveries()] == [SUPERSEDED, ACCEPTED]
    held = ledger.hold("testshire", "payroll", "2024-09-b", "pay_halved", "Pay is half of August's. Check the extract with Payroll")
    assert (held.state, held.states[-1].by) == (HELD, "pay_halved")
    assert [delivery.state for delivery in ledger.deliveries()] == [ACCEPTED, HELD]
    ledger.accept("testshire", "payroll", "2024-09-b", "pay_halved", "passed")
    assert [[state.state for state in delivery.states] for delivery in ledger.deliveries()] == [
        [ACCEPTED, SUPERSEDED, ACCEPTED, SUPERSEDED],
        [ACCEPTED, HELD, ACCEPTED],
    ]


def test_holding_twice_for_the_same_reason_is_one_state() -> None:
    ledger.write(delivery("a"))
    for _ in range(2):
        ledger.hold("testshire", "payroll", "2024-09-a", "pay_halved", "why")
    assert len(ledger.deliveries()[0].states) == 2
    assert ledger.deliveries()[0].landed


def test_a_delivery_whose_rows_never_landed_cannot_be_accepted() -> None:
    ledger.write(delivery("a", state=HELD))
    with pytest.raises(ValueError, match="its rows never landed"):
        ledger.accept("testshire", "payroll", "2024-09-a", "person", "it is fine")


def test_a_delivery_that_is_not_there_cannot_be_held() -> None:
    with pytest.raises(KeyError):
        ledger.hold("testshire", "payroll", "2024-09-z", "rule", "why")


def test_the_command_prints_which_files_arrived_and_what_became_of_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    ledger.write(delivery("a", problems=(Problem("unknown_column", "note", "a.csv", "a.csv: Pay Point is not known"),)))
    ledger.write(delivery("b", "2024-11-12T06:00:00+00:00", HELD, rows_read=0, rows_accepted=0, rows_rejected=0, rows_left_out=0))
    assert print_ledger(["--organisation", "testshire", "--problems"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "source",
        "organisation",
        "period",
        "received",
        "state",
        "read",
        "accepted",
        "rejected",
        "left",
        "out",
        "file",
    ]
    assert lines[1].split() == ["payroll", "testshire", "2024-09", "2024-10-12", "06:00", "accepted", "10", "7", "1", "2", "a.csv"]
    assert lines[3].split() == ["2", "files", "10", "7", "1", "2"]
    assert "a.csv: Pay Point is not known" in lines[4]
    print_ledger(["--state", "held"])
    assert "a.csv" not in capsys.readouterr().out


def test_that_nothing_is_held_is_said_and_advises_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ledger.write(delivery("a"))
    assert print_ledger(["--state", "held"]) == 0
    assert capsys.readouterr().out.strip() == "Nothing is held"
    assert print_ledger(["--period", "2023-01"]) == 0
    assert capsys.readouterr().out.strip() == "No delivery of that month"


def test_an_empty_ledger_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_ledger([]) == 0
    assert "Land extracts first: python -m ingestion land" in capsys.readouterr().out


def test_what_an_entry_of_before_says_is_not_read_where_it_may_quote_a_value(store: Storage) -> None:
    problems = (
        Problem("new_code", "held", "a.csv", "a.csv: the column 'Job' has a new code 'Jane Canary' in 1 rows", 3, "Job"),
        Problem("unknown_column", "note", "a.csv", "a.csv: the column 'Jane Canary' is not known", None, "Jane Canary"),
        Problem("rows_rejected", "note", "a.csv", "a.csv: not_a_date: rows rejected: 2, the first is row 3", 3, "start_date"),
    )
    entry = ledger.append_state(delivery(problems=problems), ledger.HELD, ledger.LANDING, problems[0].message)
    ledger.write(entry)
    (path,) = (store.home / "ledger").rglob("*.json")
    path.write_text(path.read_text().replace(f',\n "{ledger.SAYS_NO_VALUE}": true', ""))
    assert ledger.SAYS_NO_VALUE not in path.read_text()
    ledger.begin_chain(entry.organisation_id, entry.source)

    (read,) = ledger.deliveries()
    assert "Jane Canary" not in str(read)
    assert [(found.code, found.row) for found in read.problems] == [("new_code", 3), ("unknown_column", None), ("rows_rejected", 3)]
    assert read.problems[0].message.startswith("a.csv: new_code, row 3: its words may quote a value and are not kept")
    assert read.problems[2] == problems[2]

    assert ledger.forget_old_words(entry.organisation_id, entry.source) == 1
    assert "Jane Canary" not in path.read_text()
    assert ledger.deliveries() == [read]
    assert ledger.forget_old_words(entry.organisation_id, entry.source) == 0
