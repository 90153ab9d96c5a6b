"""The same cells from the models, before anything is suppressed. Only this module names the tables that are compared."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb

from tests.lives.cells import Cells

MEASURES = (
    "in_post_heads",
    "in_post_fte",
    "in_post_graded_fte",
    "permanent_fte",
    "agency_fte",
    "starters",
    "starters_fte",
    "leavers",
    "leavers_fte",
    "board_leavers_fte",
    "with_a_team",
    "with_36_months_in_team",
    "establishment_fte",
    "vacancy_fte",
    "unfilled_fte",
)
SUMS = f"""
select organisation_id, month_no, scope, scope_id, measure, value
from (
    unpivot (
        select organisation_id, month_no, scope, scope_id, {", ".join(f"cast({measure} as decimal(18, 6)) as {measure}" for measure in MEASURES)}
        from counts.unit_month_sums
        where scope in ('organisation', 'service', 'team')
    )
    on {", ".join(MEASURES)} into name measure value value
)
"""
MOVEMENTS = """
select
    organisation_id, month_no, scope, scope_id,
    case when movement in ('leaver', 'structural_transfer_out') then movement || ' ' || reason else movement end as movement,
    sum(heads) as heads, sum(fte) as fte
from restricted.movement
where role_group = 'social_worker'
group by all
"""
TURNOVER = """
select
    organisation_id, year(month_end) * 12 + month(month_end) - 1 as month_no, scope, scope_id,
    case when indicator_id = 'turnover_rate_headcount' then 'heads' else definition_id end as definition,
    numerator, denominator, status_reason, as_at_month
from marts.indicator_value
where indicator_id in ('turnover_rate', 'turnover_rate_headcount') and scope in ('organisation', 'service', 'team')
"""
KEPT = """
select organisation_id, year(month_end) * 12 + month(month_end) - 1 as month_no, scope, scope_id, kept_fte
from marts.establishment_position
where role_group = 'social_worker' and scope in ('organisation', 'service', 'team')
"""
AGES = """
select organisation_id, month_no, level, coalesce(group_name, 'not known') as group_name, count(*) as people
from restricted.profile_people
where strand = 'age'
group by all
"""


def built_cells(database: Path) -> dict[str, Cells]:
    """The models' cells of each council."""
    found: dict[str, Cells] = {}
    with duckdb.connect(str(database), read_only=True) as connection:

        def cells(organisation_id: str) -> Cells:
            return found.setdefault(organisation_id, Cells())

        for organisation_id, month, scope, unit, measure, value in connection.execute(SUMS).fetchall():
            if value:
                cells(organisation_id).values["org_unit_month", month, scope, unit, measure] = value
        for organisation_id, month, scope, unit, movement, heads, fte in connection.execute(MOVEMENTS).fetchall():
            cells(organisation_id).values["movement", month, scope, unit, f"{movement} heads"] = Decimal(heads)
            cells(organisation_id).values["movement", month, scope, unit, f"{movement} fte"] = fte
        for organisation_id, month, scope, unit, definition, above, below, reason, as_at in connection.execute(TURNOVER).fetchall():
            at = ("turnover", month, scope, unit)
            if as_at is not None:
                continue  # an older month is shown
            if reason is not None:
                cells(organisation_id).values[(*at, f"{definition} reason")] = reason
            else:
                cells(organisation_id).values[(*at, f"{definition} numerator")] = above
                cells(organisation_id).values[(*at, f"{definition} denominator")] = below
        for organisation_id, month, scope, unit, kept in connection.execute(KEPT).fetchall():
            cells(organisation_id).values["establishment_position", month, scope, unit, "kept_fte"] = kept
        for organisation_id, month, level, group, people in connection.execute(AGES).fetchall():
            cells(organisation_id).values["age", month, "organisation", organisation_id, f"{level}: {group}"] = Decimal(people)
    return found
