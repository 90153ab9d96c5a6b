-- Grain: one row an organisation, scope and month: leavers of the 12 months to it and the average of 13 month ends.
-- Rule: leavers are counted in the team that they left, under its present id.
with
leavers as (
    select * from {{ ref('leaver') }}
    where is_dfe_leaver or is_board_leaver
),

leavers_by_scope as ({{ in_each_scope('leavers') }}),

stocks as (select * from {{ ref('int_stock_sums') }}),

rolling_leavers as (
    select
        stocks.organisation_id, stocks.month_no, stocks.scope, stocks.scope_id,
        sum(case when leavers.is_dfe_leaver then leavers.fte end) as leavers_fte,
        count(distinct case when leavers.is_dfe_leaver then leavers.person_key || cast(leavers.leaving_date as varchar) end) as leavers,
        sum(case when leavers.is_board_leaver then leavers.fte end) as board_leavers_fte
    from stocks
    inner join leavers_by_scope as leavers
        on stocks.organisation_id = leavers.organisation_id
        and stocks.scope = leavers.scope
        and stocks.scope_id = leavers.scope_id
        and leavers.month_no between stocks.month_no - 11 and stocks.month_no
    group by stocks.organisation_id, stocks.month_no, stocks.scope, stocks.scope_id
)

select
    stocks.organisation_id,
    stocks.month_no,
    stocks.month_end,
    stocks.scope,
    stocks.scope_id,
    stocks.in_post_fte,
    stocks.in_post_heads,
    coalesce(rolling_leavers.leavers_fte, 0) as leavers_fte,
    coalesce(rolling_leavers.leavers, 0) as leavers,
    coalesce(rolling_leavers.board_leavers_fte, 0) as board_leavers_fte,
    -- A month in which the team had nobody counts as 0, so the sum is divided by 13 whatever the rows.
    {{ as_fte('sum(stocks.permanent_fte) over (
        partition by stocks.organisation_id, stocks.scope, stocks.scope_id
        order by stocks.month_no range between 12 preceding and current row
    ) / 13') }} as average_permanent_fte
from stocks
left join rolling_leavers using (organisation_id, month_no, scope, scope_id)
