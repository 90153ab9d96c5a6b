"""The two frames that the rules of a source are tested on, measured in SQL from raw. No key of a person is in either.

Rows: one row a row of the deliveries that are checked, with what the rules test. Deliveries: one row a delivery, with its
counts, its figures, and its figures against the month in force before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import duckdb
import pandas as pd

from expectations.rules import LEAST_BASE, LEAST_CHANGE, LONGEST_GAP
from expectations.source import SourceChecks
from warehouse.ledger import Delivery, latest_of_period
from warehouse.storage import Storage


def order(delivery: Delivery) -> tuple[str, str, str]:
    """Deliveries are judged month by month, and in the order in which they came within a month."""
    return (str(delivery.period), *delivery.received)


def in_force(deliveries: Iterable[Delivery], held: AbstractSet[str]) -> dict[str, Delivery]:
    """The latest received delivery of each period that is not in `held`: what the ledger says once `held` are held."""
    return latest_of_period(one for one in deliveries if one.delivery_id not in held)


def database(
    checks: SourceChecks,
    deliveries: Sequence[Delivery],
    others: Mapping[str, tuple[Mapping[str, str], Sequence[Delivery]]],
    store: Storage,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with the tables that `SourceChecks` describes.

    `others` gives, for each source in `checks.reads`, its columns and its deliveries in force. Only the columns that a
    check reads are loaded.
    """
    connection = duckdb.connect()
    known = ["delivery_id", "period", "delivers", "rows_rejected"]
    listed = pd.DataFrame([[getattr(one, name) for name in known] for one in deliveries], columns=known)
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
    for source, (columns, those) in others.items():
        _load(connection, f"{source}_rows", {"delivery_id": "varchar", **columns}, those, store)
        months = pd.DataFrame([(one.delivery_id, one.period) for one in those], columns=["delivery_id", "period"], dtype=str)
        connection.register("months", months)
        connection.execute(
            f"create table {source} as select months.period, {source}_rows.* from {source}_rows join months using (delivery_id)"
        )
    return connection


def _load(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], deliveries: Sequence[Delivery], store: Storage
) -> None:
    written = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
    if deliveries:
        files = [str(store.raw(one.organisation_id, one.source, str(one.period)) / f"{one.delivery_id}.parquet") for one in deliveries]
        connection.execute(
            f"create table {table} as select {written} from read_parquet(?, union_by_name = true, hive_partitioning = false)", [files]
        )
    else:
        connection.execute(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")


def deliveries_frame(
    connection: duckdb.DuckDBPyConnection,
    checks: SourceChecks,
    deliveries: Sequence[Delivery],
    held: AbstractSet[str],
    received_periods: AbstractSet[str],
) -> pd.DataFrame:
    """One row a delivery, in the order of `deliveries`, held ones too; what is held is never what another is compared with.

    Columns: delivery_id, rows_accepted, rows_rejected, rejected_share (0 to 1), differs_from_other_months; the figures of
    the source; and for each compared figure `<figure>_change` (a ratio, missing where there is nothing to compare with),
    which is either `_sound` or `_unsure`. `received_periods` are the months of which anything at all was received.
    """
    good = in_force(deliveries, held)
    previous = {one.delivery_id: good[before] for one in deliveries if (before := _latest_before(good, str(one.period)))}
    figures: dict[Any, dict[Any, Any]] = connection.execute(checks.figures).df().set_index("delivery_id").to_dict("index")
    against = _against_previous(connection, checks, deliveries, previous)
    rows: list[dict[str, Any]] = []
    for one in deliveries:
        read = one.rows_accepted + one.rows_rejected
        row: dict[str, Any] = {
            "delivery_id": one.delivery_id,
            "rows_accepted": one.rows_accepted,
            "rows_rejected": one.rows_rejected,
            "rejected_share": one.rows_rejected / read if read else None,
            "differs_from_other_months": not any(_is_copy(one, other) for other in good.values()),
            **figures.get(one.delivery_id, {}),
            **against.get(one.delivery_id, {}),
        }
        figures_before = figures.get(previous[one.delivery_id].delivery_id, {}) if one.delivery_id in previous else {}
        heard_of = _latest_before(received_periods, str(one.period))
        gap = months_between(heard_of, str(one.period)) if heard_of else 0
        for figure in checks.compared_figures:
            row.update(_change(figure, row.get(figure), figures_before.get(figure), gap))
        rows.append(row)
    names = [rule.expects.column for rule in checks.rules_of("deliveries") if rule.expects.column]
    frame = pd.DataFrame(rows)
    return frame.reindex(columns=list(dict.fromkeys([*frame.columns, *names])))


def rows_frame(connection: duckdb.DuckDBPyConnection, checks: SourceChecks) -> pd.DataFrame:
    """One row a row of an extract: delivery_id, source_row and the measures of the source."""
    return connection.execute(checks.rows).df() if checks.rows else pd.DataFrame(columns=["delivery_id", "source_row"])


def months_between(earlier: str, later: str) -> int:
    """Months from one period (`YYYY-MM`) to another."""
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:7]) - int(earlier[5:7])


def _latest_before(periods: Iterable[str], period: str) -> str | None:
    return max((one for one in periods if one < period), default=None)


def _is_copy(one: Delivery, other: Delivery) -> bool:
    """The same content as that of another month which came first. A month in which there was nothing looks like any other such month."""
    first = (other.received_at, str(other.period)) < (one.received_at, str(one.period))
    return bool(one.rows_accepted) and first and other.period != one.period and other.sha256 == one.sha256


def _against_previous(
    connection: duckdb.DuckDBPyConnection, checks: SourceChecks, deliveries: Sequence[Delivery], previous: Mapping[str, Delivery]
) -> dict[Any, dict[Any, Any]]:
    if checks.against_previous is None or not previous:
        return {}
    pairs = [
        (one.delivery_id, previous[one.delivery_id].delivery_id, months_between(str(previous[one.delivery_id].period), str(one.period)))
        for one in deliveries
        if one.delivery_id in previous
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
