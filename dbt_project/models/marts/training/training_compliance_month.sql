-- Grain: one row per organisation, month end, scope and course.
-- Rule: people in post who must take the course, and how many of them hold it in date.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
{% set people = ['people_required', 'people_in_date', 'people_expiring'] %}
with
-- A person has one team per month, so teams add up.
required as (
    select
        organisation_id, month_no, month_end, current_team_id, course_id,
        1 as people_required,
        case when is_held then 1 else 0 end as people_in_date,
        case when is_expiring then 1 else 0 end as people_expiring
    from {{ ref('required_training') }}
),

units as (
    {{ sums_in_each_scope('required', people, by=['month_end', 'course_id']) }}
)

select
    unit_key,
    {{ course_key('organisation_id', 'course_id') }} as course_key,
    organisation_id,
    month_end,
    scope,
    scope_id,
    course_id,
    cast(people_required as bigint) as people_required,
    cast(people_in_date as bigint) as people_in_date,
    cast(people_expiring as bigint) as people_expiring,
    organisations_counted,
    organisations_left_out
from (
    {{ with_unit_keys(with_areas('units', ['month_end', 'course_id'], numbers=people), month_no('month_end')) }}
) as figures
