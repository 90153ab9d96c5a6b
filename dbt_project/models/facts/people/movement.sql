-- Grain: one row per social worker, month, scope, role group and movement, with the heads and FTE that it added (+) or
--   removed (-).
-- Rule: the events of `starter` and `leaver` are movements on their day, in each team of that day: starters, leavers,
--   people who qualified in post or joined from another post of the service, and structural transfers.
-- Rule: every other difference between two month ends has a movement of its own. `transfer_in` and `transfer_out` are
--   people who changed teams. Others are a second post taken or given up, and a team that moved to another service
--   (`reorganised`). `change_of_role` is a role that is counted, taken up or given up: promotion to Director or out of
--   the role group, or lapsed registration. `fte_change` is a change of FTE of people who stayed.
-- Rule: so opening + ways in - ways out + changes of FTE = closing, for every unit, month and role group, in heads and
--   in FTE.
-- Limit: two moves within a month are one.
with
months as (select * from {{ ref('movement_months') }}),

-- The events of the month, in each unit.
events as (
    select
        edges.organisation_id,
        edges.person_key,
        leavers.month_no,
        edges.edge_date,
        edges.current_team_id,
        edges.job_role,
        edges.fte,
        -1 as sign,
        case when leavers.is_dfe_leaver then 'leaver' else 'structural_transfer_out' end as movement,
        leavers.leaving_reason as reason
    from {{ ref('leaver') }} as leavers
    inner join {{ ref('spell_edges') }} as edges
        on leavers.organisation_id = edges.organisation_id
        and leavers.person_key = edges.person_key
        and leavers.leaving_date = edges.edge_date
        and edges.edge = 'end'
    where leavers.is_dfe_leaver or leavers.is_structural_transfer
    union all
    select
        edges.organisation_id,
        edges.person_key,
        starters.month_no,
        edges.edge_date,
        edges.current_team_id,
        edges.job_role,
        edges.fte,
        1 as sign,
        case starters.inflow when 'structural_transfer' then 'structural_transfer_in' else starters.inflow end
            as movement,
        starters.start_origin as reason
    from {{ ref('starter') }} as starters
    inner join {{ ref('spell_edges') }} as edges
        on starters.organisation_id = edges.organisation_id
        and starters.person_key = edges.person_key
        and starters.starting_date = edges.edge_date
        and edges.edge = 'start'
    where starters.is_in_dfe
),

grouped_events as (
    select events.*, groups.role_group
    from events
    inner join months using (organisation_id, month_no)
    inner join {{ ref('job_role') }} as roles on events.job_role = roles.job_role and roles.is_in_dfe
    inner join {{ ref('role_groups') }} as groups on events.job_role = groups.job_role
    where groups.role_group in {{ movement_role_groups() }}
),

event_movements as (
    select
        organisation_id, month_no, scope, scope_id, role_group, person_key, movement, reason,
        -- Two starts, or two leavings, in a month count twice. Two posts on one day count as one head.
        any_value(sign) * count(distinct edge_date) as heads,
        coalesce(sum(sign * fte), 0) as fte
    from ({{ in_each_scope('grouped_events') }}) as scoped
    group by organisation_id, month_no, scope, scope_id, role_group, person_key, movement, reason
),

-- Every other difference between the two month ends. People who are the same at both have none.
differences as (
    select organisation_id, month_no, scope, scope_id, role_group, person_key, heads, fte
    from {{ ref('stock_changes') }}
    union all
    select organisation_id, month_no, scope, scope_id, role_group, person_key, -heads, -fte from event_movements
),

unexplained as (
    select
        differences.organisation_id,
        differences.month_no,
        differences.scope,
        differences.scope_id,
        differences.role_group,
        differences.person_key,
        cast(sum(differences.heads) as integer) as heads,
        sum(differences.fte) as fte
    from differences
    inner join months
        on differences.organisation_id = months.organisation_id
        and differences.month_no = months.month_no
        and months.has_opening
    group by
        differences.organisation_id,
        differences.month_no,
        differences.scope,
        differences.scope_id,
        differences.role_group,
        differences.person_key
    having sum(differences.heads) <> 0 or sum(differences.fte) <> 0
),

of_the_council as (select * from unexplained where scope = 'organisation' and heads <> 0),

of_a_team as (
    select
        organisation_id, month_no, role_group, person_key, min(heads) < 0 and max(heads) > 0 as is_from_one_to_another
    from unexplained
    where scope = 'team' and heads <> 0
    group by organisation_id, month_no, role_group, person_key
),

other_movements as (
    select
        unexplained.*,
        case
            when unexplained.heads = 0 then 'fte_change'
            when
                of_the_council.heads is not null and sign(of_the_council.heads) = sign(unexplained.heads)
                then 'change_of_role'
            when unexplained.scope = 'service' and of_a_team.person_key is null then 'reorganised'
            when of_a_team.is_from_one_to_another or transfers.person_key is not null then 'transfer'
            else 'second_post'
        end as kind
    from unexplained
    left join of_the_council
        on unexplained.organisation_id = of_the_council.organisation_id
        and unexplained.month_no = of_the_council.month_no
        and unexplained.role_group = of_the_council.role_group
        and unexplained.person_key = of_the_council.person_key
    left join of_a_team
        on unexplained.organisation_id = of_a_team.organisation_id
        and unexplained.month_no = of_a_team.month_no
        and unexplained.role_group = of_a_team.role_group
        and unexplained.person_key = of_a_team.person_key
    left join {{ ref('transfer') }} as transfers
        on unexplained.organisation_id = transfers.organisation_id
        and unexplained.month_no = transfers.month_no
        and unexplained.person_key = transfers.person_key
),

moved as (
    select organisation_id, month_no, scope, scope_id, role_group, person_key, movement, reason, heads, fte
    from event_movements
    union all
    select
        organisation_id, month_no, scope, scope_id, role_group, person_key,
        case
            when kind = 'fte_change' then kind
            when kind = 'second_post' and heads > 0 then 'second_post_taken'
            when kind = 'second_post' then 'second_post_given_up'
            when heads > 0 then kind || '_in'
            else kind || '_out'
        end,
        case when kind = 'transfer' then 'change_of_team' else 'all' end,
        heads,
        fte
    from other_movements
)

select
    moved.organisation_id,
    months.month_end,
    moved.month_no,
    moved.scope,
    moved.scope_id,
    moved.role_group,
    moved.person_key,
    moved.movement,
    moved.reason,
    cast(moved.heads as integer) as heads,
    {{ as_fte('moved.fte') }} as fte
from moved
inner join months using (organisation_id, month_no)
