-- Grain: one row per organisation, scope and month in which FTE days were lost to sickness.
with
sickness as (
    select
        organisation_id, month_no, current_team_id, fte_days_lost,
        case when is_long_term then fte_days_lost else 0 end as long_term_fte_days_lost
    from {{ ref('absence_people') }}
    where absence_type = 'sickness'
),

sums as (
    {{ sums_in_each_scope('sickness', ['fte_days_lost', 'long_term_fte_days_lost']) }}
)

select
    organisation_id,
    month_no,
    scope,
    scope_id,
    fte_days_lost,
    long_term_fte_days_lost
from sums
