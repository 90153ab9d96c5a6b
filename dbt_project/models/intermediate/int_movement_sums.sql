-- Grain: one row an organisation, scope and month in which somebody started or left: registered social workers.
-- Rule: leavers are counted in the team that they left and starters in the team that they joined, each under its present id.
-- Rule: board_leavers_fte is by the agreed split of a joint post.
-- Limit: FTE leaves out people whose FTE is not known; heads count them.
with
leavers as (
    select * from {{ ref('leaver') }}
    where is_dfe_leaver or is_board_leaver
),

starters as (
    select * from {{ ref('starter') }}
    where is_in_dfe and inflow = 'starter'
),

leaver_sums as (
    select
        organisation_id, month_no, scope, scope_id,
        sum(case when is_dfe_leaver then fte end) as leavers_fte,
        count(distinct case when is_dfe_leaver then person_key || cast(leaving_date as varchar) end) as leavers,
        sum(case when is_board_leaver then agreed_fte end) as board_leavers_fte
    from ({{ in_each_scope('leavers') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

starter_sums as (
    select
        organisation_id, month_no, scope, scope_id,
        sum(fte) as starters_fte,
        count(distinct person_key || cast(starting_date as varchar)) as starters
    from ({{ in_each_scope('starters') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
)

select
    organisation_id,
    month_no,
    scope,
    scope_id,
    coalesce(leaver_sums.leavers_fte, 0) as leavers_fte,
    coalesce(leaver_sums.leavers, 0) as leavers,
    coalesce(leaver_sums.board_leavers_fte, 0) as board_leavers_fte,
    coalesce(starter_sums.starters_fte, 0) as starters_fte,
    coalesce(starter_sums.starters, 0) as starters
from leaver_sums
full outer join starter_sums using (organisation_id, month_no, scope, scope_id)
