-- Grain: one row per organisation, scope and month in which FTE days were lost to sickness.
with sickness as (
    select * from {{ ref('absence_people') }} where absence_type = 'sickness'
)

select
    organisation_id,
    month_no,
    scope,
    scope_id,
    sum(fte_days_lost) as fte_days_lost,
    sum(case when is_long_term then fte_days_lost else 0 end) as long_term_fte_days_lost
from ({{ in_each_scope('sickness') }}) as scoped
group by organisation_id, month_no, scope, scope_id
