"""Do the marts hold together? The rules of the marts, and the SQL that measures what they test."""

from __future__ import annotations

from expectations.engine.check_rule import Expects, Rule, between, holds, one_of, unique

STATUSES = ("met", "not_met", "no_target", "not_available", "suppressed")
# A year's leavers may outnumber the people left in a small team, and agency workers may cover more than the vacancies
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
SAME_VALUE = 0.000001  # of a per cent: the rounding of doubles, far below what is shown

MOST_RESTATED = 2.0  # points: a leaver reported late changes a council's rate by tenths
MOST_MOVED = 10.0
STEADY = (
    "agency_rate",
    "turnover_rate",
    "vacancy_rate",
    "absence_rate",
)  # for other rates, a single person changes a small council's rate by more

LOOK = "find out what changed it before the board asks. The scorecard lists it, and the data team knows the files. If it is right, you do not need to do anything"
WHERE = "this is a fault of the models, not of an extract. Tell the engineers. The last good publication stays"


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
    _blocks("003", "indicator_value", "The value of an indicator is below 0", between("value", least=0)),
    _blocks("004", "indicator_value", "An indicator has an unknown status", one_of("status", STATUSES)),
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
        "A value is not its numerator divided by its denominator",
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
    _blocks("011", "establishment_position", "A part of the establishment is below 0", between("smallest_part", least=0)),
    _warns(
        "013",
        "A figure in the last publication is missing, without even 'not available' in its place",
        holds("still_there"),
    ),
    _warns(
        "014",
        "A rate in the last publication has changed by more than {most:g} points",
        between("restated_by", -MOST_RESTATED, MOST_RESTATED),
    ),
    _warns(
        "015",
        "A rate of the council changed by more than {most:g} points since the month before",
        between("moved_by", -MOST_MOVED, MOST_MOVED),
    ),
    _blocks("012", "expected", "A council has no row for an indicator for the latest month, not even 'not available'", holds("is_there")),
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
