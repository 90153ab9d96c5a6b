-- Grain: one row an organisation, month, scope, role group, movement and reason.
-- Rule: registered social workers. Starters and leavers as `dfe` counts them; who qualifies in post and structural transfers stand apart.
-- Rule: transfer_in and transfer_out are changes of team within the council: teams only, never the council.
-- Rule: a reason is shown only where at least 10 people made that movement in the row's month and scope; else it reads `all`.
with
leavers as (
    select
        organisation_id, month_no, month_end, current_team_id, job_role, person_key, fte,
        case when is_dfe_leaver then 'leaver' else 'structural_transfer_out' end as movement,
        leaving_reason as reason
    from {{ ref('leaver') }}
    where is_dfe_leaver or is_structural_transfer
),

starters as (
    select
        organisation_id, month_no, month_end, current_team_id, job_role, person_key, fte,
        case inflow when 'structural_transfer' then 'structural_transfer_in' else inflow end as movement,
        start_origin as reason
    from {{ ref('starter') }}
    where is_in_dfe
),

moves as (
    select organisation_id, month_no, month_end, current_team_id, job_role, person_key, fte, movement, reason from leavers
    union all
    select organisation_id, month_no, month_end, current_team_id, job_role, person_key, fte, movement, reason from starters
),

moves_by_scope as ({{ in_each_scope('moves') }}),

transfers as (
    select organisation_id, month_no, month_end, from_team_id as current_team_id, job_role, person_key, fte, 'transfer_out' as movement
    from {{ ref('transfer') }}
    union all
    select organisation_id, month_no, month_end, to_team_id, job_role, person_key, fte, 'transfer_in'
    from {{ ref('transfer') }}
),

-- Only months that deliveries tell of: before the first, starters are known from their dates and leavers are not.
known as (
    select organisation_id, month_no from {{ ref('int_source_months') }} where source = 'hr_assignments' and is_in_force
),

all_moves as (
    select organisation_id, month_no, month_end, scope, scope_id, job_role, person_key, fte, movement, reason from moves_by_scope
    union all
    select organisation_id, month_no, month_end, 'team', current_team_id, job_role, person_key, fte, movement, 'change_of_team' from transfers
),

grouped as (
    select
        all_moves.*,
        roles.role_group,
        count(*) over (
            partition by all_moves.organisation_id, all_moves.month_no, all_moves.scope, all_moves.scope_id, roles.role_group, all_moves.movement
        ) as people
    from all_moves
    inner join known using (organisation_id, month_no)
    inner join {{ ref('int_role_groups') }} as roles on all_moves.job_role = roles.job_role
    where roles.role_group in ('social_worker', 'frontline_social_worker', 'iro')
)

select
    organisation_id,
    month_end,
    scope,
    scope_id,
    role_group,
    movement,
    case when people >= 10 or movement in ('transfer_in', 'transfer_out') then reason else 'all' end as reason,
    count(*) as headcount,
    {{ as_fte('sum(fte)') }} as fte
from grouped
group by all
