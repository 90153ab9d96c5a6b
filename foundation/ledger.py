"""The ledger: which extracts arrived, when, and how many rows were accepted, rejected and left out. One JSON file per delivery and one per file.
States are only appended.

A delivery is the rows of a month. The same rows in another file are the same delivery, which came again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from foundation import chain
from foundation.errors import ConfigurationError
from foundation.layout import layout_of, write_layout
from foundation.storage import Storage, storage

ACCEPTED, HELD, SUPERSEDED = "accepted", "held", "superseded"
NOTE = "note"
LANDING = "landing"
# By whom a delivery is held while something that is kept of it is missing or damaged. No entry has this state: it is found anew each time.
DAMAGE = "damage"
FILES = "files"
ENTRIES = ("*.json", f"{FILES}/*.json")
HASH_DIGITS = 12
# A clock may be wrong by minutes, and a time without a zone by half a day.
CLOCKS_DIFFER = timedelta(days=1)
# One row in twenty, or its FTE or money. More means that the system's layout or codes changed, and the first check holds the delivery.
MOST_REJECTED_SHARE = 0.05
# Entries with this key contain no value. Entries written before it may quote one, or a header or sheet that only the file had.
SAYS_NO_VALUE = "says_no_value"
# Landing's words under these codes were always made of counts, rules and the mapping's headers.
ALWAYS_SAID_NO_VALUE = ("rows_rejected", "doubtful_value", "formula_text", "column_changed", "all_rows_rejected", "same_content")
# How a month is published whose file is not used: the rule's id, and how its words begin.
FILE_REFUSED, NOT_USED = "FILE-REFUSED", "A file of the month is not used"
LEADING_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])(?=-)")
NOT_KEPT = "its words may quote a value and are not kept; read the file again with `python -m ingestion land --again`"


@dataclass(frozen=True)
class Problem:
    """Something about a delivery that somebody should know. Severity `held`: the file is not used. `note`: it is used."""

    code: str
    severity: str
    file: str
    message: str
    row: int | None = None
    column: str | None = None


@dataclass(frozen=True)
class State:
    """A state of a delivery: since when (UTC), by whom (`landing`, or a rule), and why."""

    state: str
    at: str
    by: str
    reason: str

    @property
    def instant(self) -> datetime:
        """When the state began."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class CameAgain:
    """A later file with the same rows as a delivery: its name, hash and time, and when this was found."""

    file: str
    sha256: str
    received_at: str
    at: str


@dataclass(frozen=True)
class Delivery:
    """What extracts report for a month. `period` is `YYYY-MM`, or None if a file gives no month. `received_at` is ISO 8601 in UTC.

    `file`, `sha256` and `received_at` describe the file from which the rows were read. `rows_hash` is the hash of the rows, or None if they
    could not be read. `of_several` says that the file has other months too. `came_again` has later files with the same rows, if they decide
    which delivery is in force. rows_read = rows_accepted + rows_rejected + rows_left_out. `rejected_weight` is the share (0 to 1) of FTE,
    money or hours in the rejected rows, the largest of them. None if it was never measured. `key_id` says which key made the pseudonyms of
    its raw rows. `rejected_keys` is the number of rejected rows whose number could be read and is in raw. `hashes` has the SHA-256 of each file
    that is kept of it in `raw/` and `identity/` (foundation/kept_hashes.py).
    """

    delivery_id: str
    organisation_id: str
    source: str
    period: str | None
    delivers: str
    file: str
    sheet: str | None
    sha256: str
    received_at: str
    contract_version: str
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    rows_left_out: int = 0
    states: tuple[State, ...] = ()
    problems: tuple[Problem, ...] = ()
    key_id: str | None = None
    rejected_weight: float | None = None
    rejected_keys: int = 0
    rows_hash: str | None = None
    of_several: bool = False
    came_again: tuple[CameAgain, ...] = ()
    hashes: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def state(self) -> str:
        """The present state."""
        return self.states[-1].state

    @property
    def landed(self) -> bool:
        """Whether the delivery's rows are in raw. It was accepted once, even if a check held it later."""
        return any(state.state == ACCEPTED for state in self.states)

    @property
    def is_usable(self) -> bool:
        """Whether the delivery may be in force: its rows are in raw, and nothing holds it."""
        return self.landed and self.state != HELD

    @property
    def is_damaged(self) -> bool:
        """Whether something that is kept of the delivery, or of another one of its month, is missing or damaged."""
        return self.state == HELD and self.states[-1].by == DAMAGE

    @property
    def is_lost(self) -> bool:
        """Whether the delivery's entry itself is missing or damaged, so that only its name is known."""
        return not self.sha256

    @property
    def received(self) -> tuple[str, str, str]:
        """The order of deliveries of a period. If two have the same name and time, the one that landed later replaced the other."""
        first = (self.received_at, self.file, self.states[0].at if self.states else "")
        return max([first, *((came_again.received_at, came_again.file, came_again.at) for came_again in self.came_again)])


@dataclass(frozen=True)
class ReceivedFile:
    """A file that was read: the hash of its bytes, its first name and time, how its month was given, and the deliveries whose rows it has.

    `size` is the number of bytes of its original. None if the original was removed at the end of its retention.
    """

    sha256: str
    file: str
    received_at: str
    month_from: str
    deliveries: tuple[str, ...]
    size: int | None = None

    @property
    def original(self) -> str:
        """The name under which the original is kept."""
        return original_name(self.sha256, self.file)


def deliveries(organisation_id: str | None = None, source: str | None = None, store: Storage | None = None) -> list[Delivery]:
    """The deliveries of an organisation and a source (None: all), in the order in which they were received.

    In place of an entry that is missing or damaged, there is a held delivery of its month, so that the others can go on.
    """
    place = store or storage()
    folders = known_sources(place, organisation_id, source)
    return sorted(
        (delivery for council, of_source in folders for delivery in _deliveries(council, of_source, place)),
        key=lambda delivery: (delivery.source, delivery.organisation_id, delivery.received),
    )


def known_sources(store: Storage, organisation_id: str | None = None, source: str | None = None) -> list[tuple[str, str]]:
    """The councils and sources of which there is a ledger, or a chain that says what it should hold."""
    whose = f"{source or '*'}/{organisation_id or '*'}"
    ledgers = ((path.name, path.parent.name) for path in (store.home / "ledger").glob(whose) if path.is_dir())
    chains = ((path.stem, path.parent.name) for path in (store.home / "chains").glob(f"{whose}.chain"))
    return sorted({*ledgers, *chains}, key=lambda found: (found[1], found[0]))


def _deliveries(organisation_id: str, source: str, place: Storage) -> Iterator[Delivery]:
    found = chain.contents(place.ledger(organisation_id, source), ENTRIES[0], place.chain(organisation_id, source))
    for name, content in found.files.items():
        try:
            yield from_json(json.loads(content))
        except (ValueError, KeyError, TypeError):
            yield _lost(organisation_id, source, name, "cannot be read")
    for name, wrong in found.damage.items():
        yield _lost(organisation_id, source, name, wrong)


def _lost(organisation_id: str, source: str, name: str, wrong: str) -> Delivery:
    """What stands for an entry that is missing or damaged. Its name begins with its month."""
    month = LEADING_MONTH.match(name)
    period = month.group() if month else None
    at = f"{period or '1970-01'}-01T00:00:00+00:00"
    path = f"ledger/{source}/{organisation_id}/{name}"
    held = State(HELD, at, DAMAGE, f"{path} {wrong}")
    stem = name.removesuffix(".json")
    return Delivery(stem, organisation_id, source, period, "snapshot", path, None, "", at, "", states=(held,))


def write(delivery: Delivery, store: Storage | None = None) -> None:
    """Write a delivery's entry, completely or not at all. Raises ValueError if its rows do not add up.

    What stands for an entry that is lost is not written: the entry stays as it is, for a person to look at.
    """
    if delivery.is_lost:
        return
    if delivery.rows_read != delivery.rows_accepted + delivery.rows_rejected + delivery.rows_left_out:
        raise ValueError(f"{delivery.file}: rows read are not accepted + rejected + left out; this is a fault of the code")
    place = store or storage()
    if layout_of(place.home) is None:
        write_layout(place.home)
    _write(f"{delivery.delivery_id}.json", as_json(delivery), delivery.organisation_id, delivery.source, place)


def as_json(delivery: Delivery) -> bytes:
    """A delivery's entry as it is written."""
    recorded = replace(delivery, states=tuple(state for state in delivery.states if state.by != DAMAGE))
    return _json({**asdict(recorded), "state": recorded.state, SAYS_NO_VALUE: True})


def _json(entry: dict[str, Any]) -> bytes:
    return (json.dumps(entry, indent=1, ensure_ascii=False) + "\n").encode()


class BrokenChain(ConfigurationError):
    """Nothing more is written into a ledger whose chain is missing or damaged. The message says what to do."""


def _write(name: str, content: bytes, organisation_id: str, source: str, place: Storage) -> None:
    folder, written = place.ledger(organisation_id, source), place.chain(organisation_id, source)
    if not written.exists() and any(next(folder.glob(pattern), None) for pattern in ENTRIES):
        raise BrokenChain(
            f"{written}: it is missing, though there is a ledger. Take it from the backup, or read docs/runbooks/data_root.md"
        )
    chain.write(folder, name, content, written)


def begin_chain(organisation_id: str, source: str, store: Storage | None = None) -> None:
    """Write a chain for the entries as they are now. For a ledger that never had one, and for a person who decides to trust what is there."""
    place = store or storage()
    folder = place.ledger(organisation_id, source)
    names = sorted(path.relative_to(folder).as_posix() for pattern in ENTRIES for path in folder.glob(pattern))
    chain.begin_anew(folder, names, place.chain(organisation_id, source))


def take_over(written: Path, organisation_id: str, source: str, store: Storage) -> None:
    """Move an entry of a delivery that was written elsewhere (see `as_json`) into the ledger."""
    _write(written.name, written.read_bytes(), organisation_id, source, store)
    written.unlink()


def finish(organisation_id: str, source: str, store: Storage | None = None) -> None:
    """Finish a write of an entry that was killed, if there is one."""
    place = store or storage()
    chain.finish(place.ledger(organisation_id, source), place.chain(organisation_id, source))


def original_name(sha256: str, file: str) -> str:
    """The name under which the original of a file is kept in `landing/`, once for all its months."""
    return f"{sha256[:HASH_DIGITS]}__{file}"


def received_files(organisation_id: str, source: str, store: Storage | None = None) -> dict[str, ReceivedFile]:
    """The files of a council's source that were read to the end, by their hash. Entries that are missing or damaged are left out."""
    place = store or storage()
    folder = place.ledger(organisation_id, source)
    known = {}
    for name, content in chain.contents(folder, ENTRIES[1], place.chain(organisation_id, source)).files.items():
        try:
            entry = json.loads(content)
            written = datetime.fromtimestamp((folder / name).stat().st_mtime, UTC).isoformat(timespec="seconds")
            received = {"received_at": not_after(entry["received_at"], written), "deliveries": tuple(entry["deliveries"])}
            known[entry["sha256"]] = ReceivedFile(**entry | received)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return known


def not_after(received_at: str, known_at: str) -> str:
    """When something was received: by its own time, or, where that is later than the ledger's, when the ledger knew it first.

    A file of a clock that was wrong would else come after every correction.
    """
    known = datetime.fromisoformat(known_at)
    late = datetime.fromisoformat(received_at) > known + CLOCKS_DIFFER
    return known.isoformat(timespec="seconds") if late else received_at


def name_of_file(sha256: str) -> str:
    """The name of a file's entry in the ledger."""
    return f"{FILES}/{sha256[:HASH_DIGITS]}.json"


def write_file(received: ReceivedFile, organisation_id: str, source: str, store: Storage | None = None) -> None:
    """Write a file's entry, completely or not at all, after those of its deliveries."""
    _write(name_of_file(received.sha256), _json(asdict(received)), organisation_id, source, store or storage())


def is_copy(delivery: Delivery, other: Delivery) -> bool:
    """Whether one file came for two months. If a file itself contains several months, they are not copies of each other."""
    return delivery.sha256 == other.sha256 and delivery.period != other.period and not (delivery.of_several or other.of_several)


def hold(organisation_id: str, source: str, delivery_id: str, rule_id: str, reason: str, store: Storage | None = None) -> Delivery:
    """Hold a landed delivery because a check's blocking rule failed. The last good delivery of its period is in force again.

    `reason` says what was expected and what to do, without a value of a personal column. Raises KeyError for an unknown delivery.
    """
    return _decide(organisation_id, source, delivery_id, HELD, rule_id, reason, store)


def accept(organisation_id: str, source: str, delivery_id: str, rule_id: str, reason: str, store: Storage | None = None) -> Delivery:
    """Accept a delivery that a check had held. Raises KeyError for an unknown delivery, ValueError for one whose rows never landed."""
    known = {delivery.delivery_id: delivery for delivery in deliveries(organisation_id, source, store)}
    if not known[delivery_id].landed:
        raise ValueError(
            f"{known[delivery_id].file}: its rows never landed, so it cannot be accepted. Correct the file or the mapping and land it"
        )
    return _decide(organisation_id, source, delivery_id, ACCEPTED, rule_id, reason, store)


def append_state(delivery: Delivery, state: str, by: str, reason: str) -> Delivery:
    """The delivery with one more state. The same delivery if it already has that state, by the same and for the same reason."""
    last = delivery.states[-1] if delivery.states else None
    if last and (last.state, last.by, last.reason) == (state, by, reason):
        return delivery
    return replace(delivery, states=(*delivery.states, State(state, now(), by, reason)))


def now() -> str:
    """The present time as the ledger writes it: ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def in_force(known: Iterable[Delivery]) -> dict[str, Delivery]:
    """The delivery in force for each period: the latest received that is usable. `known` has deliveries of one organisation and source."""
    return latest_of_period(delivery for delivery in known if delivery.is_usable)


def latest_of_period(known: Iterable[Delivery]) -> dict[str, Delivery]:
    """The latest received delivery for each period. All are of one organisation and source. Files without a month are left out."""
    return {delivery.period: delivery for delivery in sorted(known, key=lambda delivery: delivery.received) if delivery.period}


def as_known(known: Iterable[Delivery], as_known_at: datetime | None) -> list[Delivery]:
    """The deliveries of the whole ledger as the warehouse knew them at a time (None: now): what had landed, in its state of that time.

    Before anything had landed, the warehouse knew nothing. For such a time, the result is what had been received by then, in today's state,
    so that the months of a first load can be looked at one by one.
    """
    everything = [delivery for delivery in known if delivery.states]
    if as_known_at is None:
        return everything
    if is_before_all(everything, as_known_at):
        return [
            replace(
                delivery,
                came_again=tuple(again for again in delivery.came_again if datetime.fromisoformat(again.received_at) <= as_known_at),
            )
            for delivery in everything
            if datetime.fromisoformat(delivery.received_at) <= as_known_at
        ]
    return [then for delivery in everything if (then := _as_known(delivery, as_known_at)).states]


def through(known: Iterable[Delivery], month: str | None) -> list[Delivery]:
    """The deliveries of months up to `month` (`YYYY-MM`; None: all), and those of no month."""
    return [delivery for delivery in known if month is None or delivery.period is None or delivery.period <= month]


def _as_known(delivery: Delivery, instant: datetime) -> Delivery:
    """The delivery with what was known about it at a time."""
    states = tuple(state for state in delivery.states if state.instant <= instant)
    return replace(
        delivery, states=states, came_again=tuple(again for again in delivery.came_again if datetime.fromisoformat(again.at) <= instant)
    )


def is_before_all(known: Iterable[Delivery], instant: datetime) -> bool:
    """Whether nothing had landed yet at a time."""
    return all(instant < delivery.states[0].instant for delivery in known if delivery.states and not delivery.is_lost)


def settle(organisation_id: str, source: str, period: str, store: Storage | None = None) -> None:
    """Bring the states of a period's deliveries in line: the latest that is usable is accepted, the earlier ones superseded.

    While an entry of the month is lost, nobody knows which is the latest.
    """
    of_month = [delivery for delivery in deliveries(organisation_id, source, store) if delivery.period == period]
    if any(delivery.is_lost for delivery in of_month):
        return
    usable = [delivery for delivery in of_month if delivery.is_usable]
    for older in usable[:-1]:
        if older.state != SUPERSEDED:
            write(append_state(older, SUPERSEDED, LANDING, f"a later delivery of {period} is in force: {usable[-1].delivery_id}"), store)
    if usable and usable[-1].state == SUPERSEDED:
        write(append_state(usable[-1], ACCEPTED, LANDING, f"the later delivery of {period} is held"), store)


def _decide(organisation_id: str, source: str, delivery_id: str, state: str, by: str, reason: str, store: Storage | None) -> Delivery:
    known = {delivery.delivery_id: delivery for delivery in deliveries(organisation_id, source, store)}
    decided = append_state(known[delivery_id], state, by, reason)
    if decided is not known[delivery_id]:
        write(decided, store)
    settle(organisation_id, source, str(decided.period), store)
    return decided


def forget_old_words(organisation_id: str, source: str, store: Storage | None = None) -> int:
    """Write entries older than `SAYS_NO_VALUE` without the words that may quote a value. Returns how many there were."""
    place = store or storage()
    found = chain.contents(place.ledger(organisation_id, source), ENTRIES[0], place.chain(organisation_id, source))
    old = [entry for content in found.files.values() if not (entry := json.loads(content)).get(SAYS_NO_VALUE)]
    for delivery in old:
        write(from_json(delivery), store)
    return len(old)


def from_json(written: dict[str, Any]) -> Delivery:
    """A delivery by its entry. Raises KeyError and TypeError if something is missing or unknown in it."""
    fields = {key: value for key, value in written.items() if key not in ("state", "states", "problems", "came_again", SAYS_NO_VALUE)}
    states = tuple(State(**state) for state in written["states"])
    problems = tuple(Problem(**problem) for problem in written["problems"])
    if not written.get(SAYS_NO_VALUE):
        problems = tuple(_without_words(problem) for problem in problems)
        states = tuple(replace(state, reason=NOT_KEPT) if (state.state, state.by) == (HELD, LANDING) else state for state in states)
    came_again = tuple(
        CameAgain(**again | {"received_at": not_after(again["received_at"], again["at"])}) for again in written["came_again"]
    )
    if states:
        fields["received_at"] = not_after(fields["received_at"], states[0].at)
    return Delivery(**fields, states=states, problems=problems, came_again=came_again)


def _without_words(problem: Problem) -> Problem:
    """A problem of an old entry, reduced to its code and row unless its words never contained a value."""
    if problem.code in ALWAYS_SAID_NO_VALUE:
        return problem
    where = f", row {problem.row}" if problem.row else ""
    return replace(problem, message=f"{problem.file}: {problem.code}{where}: {NOT_KEPT}", column=None)
