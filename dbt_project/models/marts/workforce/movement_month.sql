-- Grain: one row per organisation, month, scope, role group and movement.
-- Rule: registered social workers. Starters and leavers are counted as `dfe` counts them. Every other way in and out
--   has its own name, see movement.
-- Rule: opening + ways in - ways out + changes of FTE = closing. So sign x headcount, and sign x FTE, add up to 0 in
--   every unit and month.
-- Rule: a transfer, a second post and a re-organisation are movements of teams and services, never of the council.
-- Rule: a month tells no reason. Column `reason` is always `all`. Reasons of a year are in movement_year.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas), from the first month with an opening.
-- Limit: the first month delivered has no opening and no closing. It has only starters and leavers, and only if its
--   leavers are known (docs/counting_rules.md, I1).
with
months as (select * from {{ ref('movement_months') }}),

moved as (
    select
        organisation_id, month_no, scope, scope_id, role_group, movement,
        sum(abs(heads)) as headcount,
        case when min(heads) < 0 then -1 else 1 end as sign,
        case when min(heads) < 0 then -sum(fte) else sum(fte) end as fte
    from {{ ref('movement') }}
    group by organisation_id, month_no, scope, scope_id, role_group, movement
),

stocks as (
    select organisation_id, month_no, scope, scope_id, role_group, count(*) as headcount, sum(fte) as fte
    from {{ ref('people_in_post') }}
    group by organisation_id, month_no, scope, scope_id, role_group
),

waterfall as (
    select organisation_id, month_no, scope, scope_id, role_group, movement, sign, headcount, fte from moved
    union all
    select
        months.organisation_id,
        months.month_no,
        stocks.scope,
        stocks.scope_id,
        stocks.role_group,
        'opening',
        1,
        stocks.headcount,
        stocks.fte
    from stocks
    inner join
        months
        on
            stocks.organisation_id = months.organisation_id
            and stocks.month_no + 1 = months.month_no
            and months.has_opening
    union all
    select
        months.organisation_id,
        months.month_no,
        stocks.scope,
        stocks.scope_id,
        stocks.role_group,
        'closing',
        -1,
        stocks.headcount,
        stocks.fte
    from stocks
    inner join
        months
        on stocks.organisation_id = months.organisation_id and stocks.month_no = months.month_no and months.has_opening
),

told as (
    select
        waterfall.organisation_id,
        months.month_end,
        waterfall.scope,
        waterfall.scope_id,
        waterfall.role_group,
        waterfall.movement,
        cast(waterfall.sign as integer) as sign,
        cast(waterfall.headcount as bigint) as headcount,
        {{ as_fte('waterfall.fte') }} as fte,
        months.has_opening
    from waterfall
    inner join months using (organisation_id, month_no)
)

select
    unit_key,
    organisation_id,
    month_end,
    scope,
    scope_id,
    role_group,
    movement,
    'all' as reason,
    sign,
    headcount,
    fte,
    organisations_counted,
    organisations_left_out
from (
    {{ with_unit_keys(with_areas(
        'told', ['month_end', 'role_group', 'movement', 'sign'],
        fte=['fte'], numbers=['headcount'], shown='has_opening',
    ), month_no('month_end')) }}
) as figures
