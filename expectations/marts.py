"""Do the marts hold together? A blocking rule that fails stops publication; the last good publication stays.

The marts are public, so their keys may be in the frames. What comes out is the same as for the sources: counts and words.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl

from expectations.results import MARTS, RESULTS, write_marts_results
from expectations.rules import Expects, Outcome, Rule, RuleResult, between, errors, holds, one_of, refusals, unique
from expectations.suite import ERRORED, Verdict, verdicts
from warehouse.build import left_out_of
from warehouse.configuration import organisations
from warehouse.engine_words import without_values
from warehouse.storage import storage

STATUSES = ("met", "not_met", "no_target", "not_available", "suppressed")
# Leavers of a year may outnumber those left in a small team, and agency workers may cover more than the vacancies
# (16 of 1,338 published authority-years). Every other rate is a part of its whole.
MAY_EXCEED_100 = ("turnover_rate", "turnover_rate_headcount", "vacancy_agency_cover_rate")
PARTS_OF_A_WHOLE = (
    "agency_rate",
    "agency_rate_headcount",
    "vacancy_rate",
    "agency_cover_rate",
    "team_tenure_36m",
    "team_retention_36m",
    "training_compliance",
)
MOST_PER_CENT = 100.0001  # the rest is the rounding of a double
SAME_FTE = 0.000001  # FTE is kept to six decimals
SAME_VALUE = 0.000001  # of a per cent: the rounding of doubles, far below what is printed

MOST_RESTATED = 2.0  # points: a late leaver moves a council's rate by tenths
MOST_MOVED = 10.0
STEADY = ("agency_rate", "turnover_rate", "vacancy_rate", "absence_rate")  # of others, a single person moves a small council's by more

LOOK = "see what restated it before the board asks: the scorecard lists it, and the data team knows the files; if it is right, nothing needs to be done"
OWNER = "data engineering"  # who puts right what fails here
WHERE = "a fault of the models, not of an extract: tell the engineers; the last good publication stays"


def _blocks(number: str, of: str, says: str, expects: Expects) -> Rule:
    return Rule(rule_id=f"MRT-{number}", severity="block", says=says, fix=WHERE, expects=expects, of=of)


def _warns(number: str, says: str, expects: Expects) -> Rule:
    return Rule(rule_id=f"MRT-{number}", severity="warn", says=says, fix=LOOK, expects=expects, of="against_published")


RULES = (
    _blocks(
        "001",
        "indicator_value",
        "An indicator has two rows for the same council, definition, month and scope",
        unique(["organisation_id", "indicator_id", "definition_id", "month_end", "scope", "scope_id"]),
    ),
    _blocks(
        "002", "indicator_value", "A rate that is a part of a whole is above 100 per cent", between("bounded_per_cent", most=MOST_PER_CENT)
    ),
    _blocks("003", "indicator_value", "The value of an indicator is below nought", between("value", least=0)),
    _blocks("004", "indicator_value", "An indicator has a status that nobody knows", one_of("status", STATUSES)),
    _blocks(
        "005",
        "indicator_value",
        "An indicator has a value although it is not available or suppressed, or has none although it is available",
        holds("value_agrees_with_status"),
    ),
    _blocks("006", "indicator_value", "The numerator of a share is above its denominator", holds("part_within_whole")),
    _blocks(
        "007",
        "indicator_value",
        "A value is not its numerator over its denominator",
        between("value_unexplained", -SAME_VALUE, SAME_VALUE),
    ),
    _blocks("008", "indicator_value", "A suppressed indicator shows its numerator or denominator", holds("nothing_shown")),
    _blocks(
        "009",
        "establishment_position",
        "The establishment has two rows for the same council, month, scope and role group",
        unique(["organisation_id", "month_end", "scope", "scope_id", "role_group"]),
    ),
    _blocks(
        "010",
        "establishment_position",
        "Establishment and over-establishment do not add up to permanent, other, agency on vacancies, unfilled and frozen",
        between("fte_unexplained", -SAME_FTE, SAME_FTE),
    ),
    _blocks("011", "establishment_position", "A part of the establishment is below nought", between("smallest_part", least=0)),
    _warns(
        "013",
        "A figure that the last publication had is gone, and not even 'not available' is said in its place",
        holds("still_there"),
    ),
    _warns(
        "014",
        "A rate that the last publication had is now another by more than {most:g} points",
        between("restated_by", -MOST_RESTATED, MOST_RESTATED),
    ),
    _warns(
        "015",
        "A rate of the council moved by more than {most:g} points since the month before",
        between("moved_by", -MOST_MOVED, MOST_MOVED),
    ),
    _blocks("012", "expected", "A council lacks an indicator for the latest month: not even 'not available' is said", holds("is_there")),
)

FRAMES = {
    "indicator_value": f"""
        select
            organisation_id,
            indicator_id,
            definition_id,
            month_end,
            scope,
            scope_id,
            value,
            status,
            case when unit = 'per_cent' and indicator_id not in {MAY_EXCEED_100} then value end as bounded_per_cent,
            coalesce(value is null = (status in ('not_available', 'suppressed')), false) as value_agrees_with_status,
            case when indicator_id in {PARTS_OF_A_WHOLE} then numerator <= denominator end as part_within_whole,
            value - cast(numerator as double) / nullif(cast(denominator as double), 0) * case when unit = 'per_cent' then 100 else 1 end
                as value_unexplained,
            case when status = 'suppressed' then coalesce(numerator, denominator) is null end as nothing_shown
        from marts.indicator_value
    """,
    "establishment_position": """
        select
            organisation_id,
            month_end,
            scope,
            scope_id,
            role_group,
            -- Without bookings nobody knows what agency workers cover, what is unfilled and what is frozen: it is empty together, and holders explain no more.
            cast(
                case when coalesce(agency_vacancy_cover_fte, unfilled_fte, frozen_fte, posts_unfilled, posts_frozen) is null
                    then least(establishment_fte + over_established_fte - permanent_fte - other_fte - kept_fte, 0)
                    else establishment_fte + over_established_fte - permanent_fte - other_fte - kept_fte
                        - coalesce(agency_vacancy_cover_fte, 0) - coalesce(unfilled_fte, 0) - coalesce(frozen_fte, 0)
                end as double
            ) as fte_unexplained,
            cast(
                least(
                    establishment_fte, permanent_fte, other_fte, kept_fte, agency_vacancy_cover_fte, agency_absence_cover_fte,
                    agency_supernumerary_fte, unfilled_fte, frozen_fte, over_established_fte, posts, posts_unfilled, posts_frozen
                ) as double
            ) as smallest_part
        from marts.establishment_position
    """,
    "against_published": f"""
        with
        now as (
            select
                organisation_id,
                indicator_id,
                definition_id,
                month_end,
                unit,
                value,
                value - lag(value) over (partition by organisation_id, indicator_id, definition_id order by month_end) as moved_by,
                month_end = max(month_end) over () as is_latest
            from marts.indicator_value
            where scope = 'organisation'
        )

        select
            coalesce(now.organisation_id, before.organisation_id) as organisation_id,
            case when before.organisation_id is not null then now.organisation_id is not null end as still_there,
            case when now.unit = 'per_cent' then now.value - before.value end as restated_by,
            case when is_latest and now.indicator_id in {STEADY} then moved_by end as moved_by
        from now
        full join published as before
            on now.organisation_id = before.organisation_id
            and now.indicator_id = before.indicator_id
            and now.definition_id = before.definition_id
            and now.month_end = before.month_end
    """,
    "expected": """
        with there as (
            select distinct organisation_id, indicator_id, definition_id
            from marts.indicator_value
            where scope = 'organisation' and month_end = (select max(month_end) from marts.indicator_value)
        )

        select
            configured.organisation_id,
            (configured.organisation_id, indicator_id, definition_id)
                in (select (organisation_id, indicator_id, definition_id) from there) as is_there
        from configured
        cross join marts.indicator
        -- Before the first delivery there is no month yet: publication says so.
        where exists (select 1 from marts.indicator_value)
    """,
}

log = logging.getLogger(__name__)


class CheckErrored(Exception):
    """A check could not be made, which says nothing of the figures. The message names the rules."""

    def __init__(self, message: str, results: Sequence[RuleResult] = ()) -> None:
        super().__init__(message)
        self.results = list(results)


class MartsRefused(Exception):
    """A blocking rule of the marts failed: do not publish. The message says which; `results` has all of them."""

    def __init__(self, message: str, results: Sequence[RuleResult]) -> None:
        super().__init__(message)
        self.results = list(results)


def check_marts() -> list[RuleResult]:
    """Check the marts of the build. Returns one result a rule and council, and writes them to `build/checks/marts.parquet` and into the build's
    own `marts.data_quality_result`, where a later reader finds that these very marts were checked, and what was found.

    Raises CheckErrored if a rule could not be tested or there is no build, and MartsRefused if a blocking rule failed:
    both after the results are written, so that forgetting to look at them publishes nothing.
    """
    store = storage()
    if not store.build_database.exists():
        raise CheckErrored(f"{store.build_database}: there is no build to check. Build first: python -m warehouse build")
    results, errored = _check(store.build_database)
    _tell_the_build(store.build_database, write_marts_results(results, store, datetime.now(UTC)))
    if errored:
        raise CheckErrored(
            f"The marts could not be checked: {', '.join(errored)} errored. This says nothing of the figures; see the log", results
        )
    refused = {one.rule_id: one.says for one in refusals(results)}
    if refused:
        told = "; ".join(f"{rule_id} {says}" for rule_id, says in sorted(refused.items()))
        raise MartsRefused(f"The marts are not to be published: {told}", results)
    return results


def _check(path: Path) -> tuple[list[RuleResult], list[str]]:
    results: list[RuleResult] = []
    with duckdb.connect(str(path), read_only=True) as connection:
        _read_published(connection)
        period = _latest_month(connection)
        left_out = {one.organisation_id for one in left_out_of(connection)}
        councils = [one for one in organisations() if one.is_council and one.organisation_id not in left_out]
        there = [one.organisation_id for one in councils if not period or one.has_month(period)]
        connection.register("configured", pd.DataFrame({"organisation_id": there}, dtype=str))
        for name, sql in FRAMES.items():
            rules = [rule for rule in RULES if rule.of == name]
            try:
                frame = connection.execute(sql).df()
            except duckdb.Error as error:
                log.error("%s: the frame of its checks could not be made: %s", name, without_values(error))
                frame, outcome = pd.DataFrame(columns=["organisation_id"]), {rule.rule_id: ERRORED for rule in rules}
            else:
                outcome = verdicts(frame, rules)
            results += [one for rule in rules for one in _results(rule, frame, outcome[rule.rule_id], period)]
    return results, sorted({one.rule_id for one in errors(results)})


def _tell_the_build(path: Path, rows: list[dict[str, Any]]) -> None:
    kept = pl.DataFrame(rows, schema=RESULTS, orient="row").to_arrow()
    with duckdb.connect(str(path)) as connection:
        connection.register("kept", kept)
        connection.execute("delete from marts.data_quality_result where source = ? and is_latest", [MARTS])
        connection.execute(
            "insert into marts.data_quality_result by name select kept.* exclude (period), last_day(cast(period || '-01' as date)) as month_end, "
            "true as is_latest, ? as owner from kept where period <> ''",
            [OWNER],
        )


def _read_published(connection: duckdb.DuckDBPyConnection) -> None:
    """The councils' figures of the last publication as table `published`; empty before the first."""
    published = storage().latest / "inside" / "marts" / "indicator_value.parquet"
    kinds = {"organisation_id": "varchar", "indicator_id": "varchar", "definition_id": "varchar", "month_end": "date", "value": "double"}
    connection.execute(f"create temp table published ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})")
    if published.exists():
        connection.execute(
            f"insert into published select {', '.join(kinds)} from read_parquet(?) where scope = 'organisation'", [str(published)]
        )


def _latest_month(connection: duckdb.DuckDBPyConnection) -> str:
    try:
        latest = connection.execute("select strftime(max(month_end), '%Y-%m') from marts.indicator_value").fetchone()
    except duckdb.Error:
        return ""
    return str(latest[0]) if latest and latest[0] else ""


def _results(rule: Rule, frame: pd.DataFrame, verdict: Verdict, period: str) -> Iterable[RuleResult]:
    if verdict.errored:
        yield _result(rule, None, "errored", 0, period)
        return
    failed = frame["organisation_id"].iloc[list(verdict.failed_at)].value_counts(dropna=False)
    for organisation_id in frame["organisation_id"].drop_duplicates():
        count = int(failed.get(organisation_id, 0))
        yield _result(rule, None if pd.isna(organisation_id) else str(organisation_id), "failed" if count else "passed", count, period)


def _result(rule: Rule, organisation_id: str | None, outcome: Outcome, rows_failed: int, period: str) -> RuleResult:
    return RuleResult(
        rule_id=rule.rule_id,
        organisation_id=organisation_id,
        source=MARTS,
        period=period,
        delivery_id=None,
        severity=rule.severity,
        outcome=outcome,
        rows_failed=rows_failed,
        says=rule.told,
        fix=rule.fix,
        put_right_in=MARTS,
    )
