-- Opening + starters + other ways in - leavers - other ways out + changes of FTE = closing. This is true for every
-- team, service, council, partnership, region and England, every month and role group, in heads and in FTE. The closing
-- of social workers is the stock from which rates are made. Above a council it is the stock of its councils. The
-- opening is the closing of the previous month.
with
movements as (select * from {{ ref('movement_month') }}),

-- The first month delivered has no opening.
open_months as (
    select organisation_id, month_end from {{ ref('movement_months') }} where has_opening
),

unbalanced as (
    select movements.organisation_id, movements.month_end, movements.scope, movements.scope_id, movements.role_group
    from movements
    left join open_months
        on movements.organisation_id = open_months.organisation_id
        and movements.month_end = open_months.month_end
    -- Above a council there are only months with an opening.
    where open_months.month_end is not null or movements.organisation_id is null
    group by movements.organisation_id, movements.month_end, movements.scope, movements.scope_id, movements.role_group
    having sum(movements.sign * movements.headcount) <> 0 or sum(movements.sign * movements.fte) <> 0
),

stocks as (
    select
        stocks.organisation_id,
        stocks.month_no,
        stocks.month_end,
        stocks.scope,
        stocks.scope_id,
        stocks.in_post_heads,
        stocks.in_post_fte
    from {{ ref('stock_sums') }} as stocks
    inner join open_months using (organisation_id, month_end)
    union all
    select
        cast(null as {{ dbt.type_string() }}), stocks.month_no, stocks.month_end, areas.scope, areas.scope_id,
        sum(stocks.in_post_heads), sum(stocks.in_post_fte)
    from {{ ref('stock_sums') }} as stocks
    inner join open_months using (organisation_id, month_end)
    inner join {{ ref('area_members') }} as areas
        on stocks.organisation_id = areas.organisation_id
        and areas.is_whole
    where stocks.scope = 'organisation'
    group by stocks.month_no, stocks.month_end, areas.scope, areas.scope_id
),

told as (
    select organisation_id, month_end, scope, scope_id, headcount, fte, movement
    from movements
    where role_group = 'social_worker' and movement in ('opening', 'closing')
),

other_stock as (
    select stocks.organisation_id, stocks.month_end, stocks.scope, stocks.scope_id, 'social_worker' as role_group
    from stocks
    left join told
        on stocks.organisation_id is not distinct from told.organisation_id
        and stocks.month_end = told.month_end
        and stocks.scope = told.scope
        and stocks.scope_id = told.scope_id
        and told.movement = 'closing'
    where stocks.in_post_heads <> coalesce(told.headcount, 0) or stocks.in_post_fte <> coalesce(told.fte, 0)
),

other_opening as (
    select now.organisation_id, now.month_end, now.scope, now.scope_id, 'social_worker' as role_group
    from told as now
    inner join told as before
        on now.organisation_id = before.organisation_id
        and {{ month_no('now.month_end') }} = {{ month_no('before.month_end') }} + 1
        and now.scope = before.scope
        and now.scope_id = before.scope_id
        and before.movement = 'closing'
    where now.movement = 'opening' and (now.headcount <> before.headcount or now.fte <> before.fte)
)

select 'unbalanced' as wrong, * from unbalanced
union all
select 'closing is not the stock', * from other_stock
union all
select 'opening is not the closing before', * from other_opening
