-- Grain: one row per organisation, scope and month in which FTE days were lost to sickness.
-- Rule: people are counted once in a month, and once each in long-term and in short-term sickness.
with
-- A person has one team in a month (absence_people), so teams add up.
sickness as (
    select
        organisation_id, month_no, current_team_id, person_key,
        sum(fte_days_lost) as fte_days_lost,
        sum(case when is_long_term then fte_days_lost else 0 end) as long_term_fte_days_lost,
        1 as people_absent,
        max(case when is_long_term then 1 else 0 end) as people_absent_long_term,
        max(case when is_long_term then 0 else 1 end) as people_absent_short_term
    from {{ ref('absence_people') }}
    where absence_type = 'sickness'
    group by organisation_id, month_no, current_team_id, person_key
),

sums as (
    {{ sums_in_each_scope('sickness', [
        'fte_days_lost', 'long_term_fte_days_lost', 'people_absent', 'people_absent_long_term', 'people_absent_short_term',
    ]) }}
)

select
    organisation_id,
    month_no,
    scope,
    scope_id,
    fte_days_lost,
    long_term_fte_days_lost,
    cast(people_absent as bigint) as people_absent,
    cast(people_absent_long_term as bigint) as people_absent_long_term,
    cast(people_absent_short_term as bigint) as people_absent_short_term
from sums
