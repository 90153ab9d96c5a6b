-- Grain: one row per organisation, scope and month in which a registered social worker started or left.
-- Rule: people are counted in the team of each post that they left or joined, with the FTE of that post, and once in
--   the council. Teams have their present id.
-- Rule: board_leavers_fte counts permanent posts only, by the agreed split of a joint post.
-- Limit: FTE leaves out people whose FTE is not known. Heads count them.
with
leavers as (
    select
        leavers.organisation_id,
        leavers.month_no,
        leavers.person_key,
        leavers.leaving_date,
        leavers.is_dfe_leaver,
        leavers.is_board_leaver,
        edges.current_team_id, edges.fte, edges.board_fte
    from {{ ref('leaver') }} as leavers
    inner join {{ ref('spell_edges') }} as edges
        on leavers.organisation_id = edges.organisation_id
        and leavers.person_key = edges.person_key
        and leavers.leaving_date = edges.edge_date
        and edges.edge = 'end'
    where leavers.is_dfe_leaver or leavers.is_board_leaver
),

starters as (
    select
        starters.organisation_id, starters.month_no, starters.person_key, starters.starting_date,
        edges.current_team_id, edges.fte
    from {{ ref('starter') }} as starters
    inner join {{ ref('spell_edges') }} as edges
        on starters.organisation_id = edges.organisation_id
        and starters.person_key = edges.person_key
        and starters.starting_date = edges.edge_date
        and edges.edge = 'start'
    where starters.is_dfe_starter
),

leaver_sums as (
    select
        organisation_id, month_no, scope, scope_id,
        sum(case when is_dfe_leaver then fte end) as leavers_fte,
        count(
            distinct case when is_dfe_leaver then person_key || cast(leaving_date as {{ dbt.type_string() }}) end
        ) as leavers,
        sum(case when is_board_leaver then board_fte end) as board_leavers_fte
    from ({{ in_each_scope('leavers') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

starter_sums as (
    select
        organisation_id, month_no, scope, scope_id,
        sum(fte) as starters_fte,
        count(distinct person_key || cast(starting_date as {{ dbt.type_string() }})) as starters
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
