"""The database of a check, and the frame of its deliveries: counts, figures, and figures against earlier months. No key of a person is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import duckdb
import pandas as pd

from expectations.engine.source_checks import SourceChecks
from foundation.ledger import Delivery, is_copy, latest_of_period
from foundation.storage import Storage

LEAST_BASE = 20  # below 20, three people are 15%: an ordinary month
LEAST_CHANGE = 5  # with a small base or after a long gap, a change of fewer than five is an ordinary month
LONGEST_GAP = 6  # months without any delivery: after half a year a council may really have changed by 15%
DOUBTFUL = "doubtful_value"
REGISTRATION = "A registration number is"  # the words of the contracts' rule: other doubts are of other columns
HOW_MANY = re.compile(r"; ([\d,]+) rows say something else and are kept")  # the words of landing's note
RESPELLED = """
    with
    mine as (select spelled.*, delivery.period from spelled join delivery using (delivery_id)),
    -- The first month in force that had a number.
    first_seen as (select kind, key, alike, min(period) as first from spelled join good using (delivery_id) group by kind, key, alike),
    fresh as (
        select mine.*
        from mine
        anti join first_seen as earlier on mine.kind = earlier.kind and mine.key = earlier.key and earlier.first < mine.period
    ),
    pairs as (
        select fresh.delivery_id, fresh.kind, fresh.key, earlier.key as before
        from fresh
        join first_seen as earlier
            on fresh.kind = earlier.kind and fresh.alike = earlier.alike and fresh.key <> earlier.key and earlier.first < fresh.period
    ),
    respelled as (
        select pairs.delivery_id, pairs.kind, count(distinct pairs.key) as numbers
        from pairs
        anti join mine on pairs.delivery_id = mine.delivery_id and pairs.kind = mine.kind and pairs.before = mine.key
        group by pairs.delivery_id, pairs.kind
    ),
    counted as (
        select delivery_id, kind, count(distinct key) as numbers, count(distinct key) - count(distinct alike) as spelled_twice
        from mine
        group by delivery_id, kind
    )

    select
        counted.delivery_id,
        coalesce(sum(respelled.numbers), 0) as respelled,
        coalesce(max(respelled.numbers / counted.numbers), 0) as respelled_share,
        sum(counted.spelled_twice) as spelled_twice
    from counted
    left join respelled using (delivery_id, kind)
    group by counted.delivery_id
"""


def order(delivery: Delivery) -> tuple[str, ...]:
    """Deliveries are judged month by month, and in the order in which they came within a month."""
    return (str(delivery.period), *delivery.received)


def in_force(deliveries: Iterable[Delivery], held: AbstractSet[str]) -> dict[str, Delivery]:
    """The latest received delivery of each period that is not in `held`: what the ledger says once `held` are held."""
    return latest_of_period(delivery for delivery in deliveries if delivery.delivery_id not in held)


def database(
    checks: SourceChecks,
    deliveries: Sequence[Delivery],
    others: Mapping[str, tuple[Mapping[str, str], Sequence[Delivery]]],
    store: Storage,
    team_changes: Sequence[tuple[str, str, str]] = (),
) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with the tables that `SourceChecks` describes.

    `others` gives, for each source in `checks.reads`, its columns and its deliveries in force. Only the columns that a check reads
    are loaded. `team_changes`: from_date, old_team_id, new_team_id.
    """
    connection = duckdb.connect()
    known = ["delivery_id", "period", "delivers", "rows_rejected"]
    listed = pd.DataFrame([[getattr(delivery, name) for name in known] for delivery in deliveries], columns=known)
    connection.register("listed", listed)
    connection.execute(
        """
        create table delivery as
        select
            cast(delivery_id as varchar) as delivery_id,
            cast(period as varchar) as period,
            cast(period || '-01' as date) as month_start,
            last_day(cast(period || '-01' as date)) as month_end,
            cast(delivers as varchar) as delivers,
            cast(rows_rejected as bigint) as rows_rejected
        from listed
        """
    )
    _load(connection, "received", {"delivery_id": "varchar", "source_row": "bigint", **checks.columns}, deliveries, store)
    connection.execute("create table spelled (delivery_id varchar, kind varchar, key varchar, alike varchar)")
    for delivery in deliveries:
        path = store.spellings(delivery.organisation_id, delivery.source) / f"{delivery.delivery_id}.parquet"
        if path.exists():
            connection.execute("insert into spelled select ?, kind, key, alike from read_parquet(?)", [delivery.delivery_id, str(path)])
    if "assignment_key" in checks.columns:
        _load_told_of(connection, deliveries, store)
    connection.execute("create table team_change (from_date date, old_team_id varchar, new_team_id varchar)")
    if team_changes:
        connection.executemany("insert into team_change values (?, ?, ?)", [list(team_change) for team_change in team_changes])
    for source, (columns, those) in others.items():
        _load(connection, f"{source}_rows", {"delivery_id": "varchar", **columns}, those, store)
        months = pd.DataFrame([(delivery.delivery_id, delivery.period) for delivery in those], columns=["delivery_id", "period"], dtype=str)
        connection.register("months", months)
        connection.execute(
            f"create table {source} as select months.period, {source}_rows.* from {source}_rows join months using (delivery_id)"
        )
    return connection


def _load_told_of(connection: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery], store: Storage) -> None:
    """The table `told_of`: the person and assignment in each row of a delivery, accepted or rejected, if the numbers can be read."""
    connection.execute("create table told_of as select delivery_id, person_key, assignment_key, false as is_rejected from received")
    for delivery in deliveries:
        path = store.rejected_keys(delivery.organisation_id, delivery.source, str(delivery.period), delivery.delivery_id)
        if path.exists():
            connection.execute(
                "insert into told_of select delivery_id, person_key, assignment_key, true from read_parquet(?, hive_partitioning = false) "
                "where person_key is not null and assignment_key is not null",
                [str(path)],
            )


def _load(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], deliveries: Sequence[Delivery], store: Storage
) -> None:
    """A table of rows from raw. Columns that deliveries of an older contract do not have are empty in their rows."""
    connection.execute(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    if deliveries:
        written = ", ".join(f"cast({name} as {kind})" for name, kind in columns.items())
        files = [
            str(store.raw(delivery.organisation_id, delivery.source, str(delivery.period)) / f"{delivery.delivery_id}.parquet")
            for delivery in deliveries
        ]
        connection.execute(
            f"insert into {table} select {written} from (select * from {table} union all by name "
            "select * from read_parquet(?, union_by_name = true, hive_partitioning = false))",
            [files],
        )


def deliveries_frame(
    connection: duckdb.DuckDBPyConnection,
    checks: SourceChecks,
    deliveries: Sequence[Delivery],
    held: AbstractSet[str],
    received_periods: AbstractSet[str],
) -> pd.DataFrame:
    """One row per delivery, in the order of `deliveries`, including held ones. No delivery is compared with a held one.

    Columns: delivery_id, rows_accepted, rows_rejected; doubtful_values (rows in which landing noted a doubtful registration
    number); rejected_share (0 to 1: of the rows, or of what they weigh if that is more); differs_from_other_months;
    differs_from_month_before.

    `respelled` counts numbers that no earlier delivery has, while an earlier one with the same letters and digits is gone.
    `respelled_share` is the largest share of them in a kind of number. `spelled_twice` counts numbers with two spellings. They are
    missing if there is nothing, or too little, to compare with.

    Then the figures of the source. For each compared figure there is `<figure>_change`, a ratio that is also `_sound` or `_unsure`,
    and `<figure>_year`. For each compared share there is `<share>_rise` since the month before and `<share>_year_rise` since the
    same month a year before. `received_periods` are the months for which anything at all was received.
    """
    good = in_force(deliveries, held)
    previous = {delivery.delivery_id: good[before] for delivery in deliveries if (before := _latest_before(good, str(delivery.period)))}
    contents = _contents(connection, checks)
    respelled = _respelled(connection, good)
    figures: dict[Any, dict[Any, Any]] = connection.execute(checks.figures).df().set_index("delivery_id").to_dict("index")
    against = _against_previous(connection, checks, deliveries, previous)
    rows: list[dict[str, Any]] = []
    for delivery in deliveries:
        read = delivery.rows_accepted + delivery.rows_rejected
        row: dict[str, Any] = {
            "delivery_id": delivery.delivery_id,
            "rows_accepted": delivery.rows_accepted,
            "rows_rejected": delivery.rows_rejected,
            "doubtful_values": sum(count for _, count in doubtful_values(delivery)),
            "rejected_share": max(delivery.rows_rejected / read, delivery.rejected_weight or 0.0) if read else None,
            "differs_from_other_months": not any(_is_copy(delivery, other) for other in good.values()),
            "differs_from_month_before": _differs(delivery, previous.get(delivery.delivery_id), contents, checks.least_same),
            **respelled.get(delivery.delivery_id, {}),
            **figures.get(delivery.delivery_id, {}),
            **against.get(delivery.delivery_id, {}),
        }
        figures_before = figures.get(previous[delivery.delivery_id].delivery_id, {}) if delivery.delivery_id in previous else {}
        heard_of = _latest_before(received_periods, str(delivery.period))
        gap = months_between(heard_of, str(delivery.period)) if heard_of else 0
        for figure in checks.compared_figures:
            row.update(_change(figure, row.get(figure), figures_before.get(figure), gap))
            row[f"{figure}_year"] = _of_a_year(row.get(figure), figures.get(_year_before(good, delivery), {}).get(figure))
        for share in checks.compared_shares:
            row[f"{share}_rise"] = _rise(row.get(share), figures_before.get(share))
            row[f"{share}_year_rise"] = _rise(row.get(share), figures.get(_year_before(good, delivery), {}).get(share))
        rows.append(row)
    names = [name for rule in checks.rules_of("deliveries") for name in (rule.expects.column, rule.counted_in) if name]
    frame = pd.DataFrame(rows)
    return frame.reindex(columns=list(dict.fromkeys([*frame.columns, *names])))


def doubtful_values(delivery: Delivery) -> list[tuple[int | None, int]]:
    """The registration numbers that landing doubts and keeps all the same: the first row, and how many rows there are."""
    noted = [problem for problem in delivery.problems if problem.code == DOUBTFUL and REGISTRATION in problem.message]
    counted = [(problem.row, HOW_MANY.search(problem.message)) for problem in noted]
    return [(row, int(found[1].replace(",", "")) if found else 1) for row, found in counted]


def months_between(earlier: str, later: str) -> int:
    """Months from one period (`YYYY-MM`) to another."""
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:7]) - int(earlier[5:7])


def _latest_before(periods: Iterable[str], period: str) -> str | None:
    return max((month_of_file for month_of_file in periods if month_of_file < period), default=None)


def _is_copy(delivery: Delivery, other: Delivery) -> bool:
    """Whether another month with the same content came first. A month without rows looks like any other such month."""
    first = (other.received_at, str(other.period)) < (delivery.received_at, str(delivery.period))
    return bool(delivery.rows_accepted) and first and is_copy(delivery, other)


def _contents(connection: duckdb.DuckDBPyConnection, checks: SourceChecks) -> dict[str, tuple[int, int]]:
    """How many rows each delivery has, and a number that identifies their content, whatever their order."""
    compared = [name for name in checks.columns if name not in checks.of_the_month]
    if not compared:
        return {}
    found = connection.execute(
        f"select delivery_id, count(*), sum(hash({', '.join(compared)})::hugeint) from received group by delivery_id"
    ).fetchall()
    return {str(delivery_id): (int(rows), int(content)) for delivery_id, rows, content in found}


def _differs(delivery: Delivery, before: Delivery | None, contents: Mapping[str, tuple[int, int]], least: int) -> bool | None:
    """Whether the rows differ from those of the month before. None if there are too few to tell."""
    mine, last = contents.get(delivery.delivery_id), contents.get(before.delivery_id) if before else None
    if mine is None or last is None or mine[0] < least or (before and is_copy(delivery, before)):
        return None
    return mine != last


def _respelled(connection: duckdb.DuckDBPyConnection, good: Mapping[str, Delivery]) -> dict[Any, dict[Any, Any]]:
    """The respelled numbers of each delivery whose spellings are known, compared with all deliveries of earlier months in `good`."""
    known = pd.DataFrame(
        [(delivery.delivery_id, delivery.period) for delivery in good.values()], columns=["delivery_id", "period"], dtype=str
    )
    connection.register("good", known)
    found: dict[Any, dict[Any, Any]] = connection.execute(RESPELLED).df().set_index("delivery_id").to_dict("index")
    return found


def _year_before(good: Mapping[str, Delivery], delivery: Delivery) -> str:
    period = str(delivery.period)
    before = good.get(f"{int(period[:4]) - 1}{period[4:]}")
    return before.delivery_id if before else ""


def _of_a_year(now: Any, before: Any) -> float | None:
    was = _number(before)
    return _number(now) / was if was >= LEAST_BASE else None


def _rise(now: Any, before: Any) -> float | None:
    return None if now is None or before is None or pd.isna(now) or pd.isna(before) else float(now) - float(before)


def _against_previous(
    connection: duckdb.DuckDBPyConnection, checks: SourceChecks, deliveries: Sequence[Delivery], previous: Mapping[str, Delivery]
) -> dict[Any, dict[Any, Any]]:
    if checks.against_previous is None or not previous:
        return {}
    pairs = [
        (
            delivery.delivery_id,
            previous[delivery.delivery_id].delivery_id,
            months_between(str(previous[delivery.delivery_id].period), str(delivery.period)),
        )
        for delivery in deliveries
        if delivery.delivery_id in previous
    ]
    connection.register("compared", pd.DataFrame(pairs, columns=["delivery_id", "previous_id", "months_between"]))
    found: dict[Any, dict[Any, Any]] = connection.execute(checks.against_previous).df().set_index("delivery_id").to_dict("index")
    return found


def _change(figure: str, now: Any, before: Any, gap: int) -> dict[str, float | None]:
    """The ratio to the month before, under `_sound` or `_unsure` (see LEAST_BASE, LEAST_CHANGE, LONGEST_GAP), and under `_change`."""
    sound = unsure = None
    was, became = _number(before), _number(now)
    if was > 0:
        if was >= LEAST_BASE and gap <= LONGEST_GAP:
            sound = became / was
        elif abs(became - was) >= LEAST_CHANGE:
            unsure = became / was
    either = sound if sound is not None else unsure
    return {f"{figure}_change_sound": sound, f"{figure}_change_unsure": unsure, f"{figure}_change": either}


def _number(value: Any) -> float:
    return 0.0 if value is None or pd.isna(value) else float(value)
