-- Grain: one row per council and course.
-- Rule: if a council delivers its catalogue, the latest one in force counts. Other councils have the list in the
--   configuration.
with
catalogue as (select * from {{ ref('stg_training__courses') }}),

configured as (
    select councils.organisation_id, courses.*
    from {{ ref('stg_config__courses') }} as courses
    cross join {{ ref('stg_config__councils') }} as councils
    where councils.organisation_id not in (select organisation_id from catalogue)
),

courses as (
    {%- for courses in ['catalogue', 'configured'] %}
    select
        organisation_id, course_id, course_name, required_of, valid_months, due_within_days, multi_agency, cost_a_place
    from {{ courses }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    organisation_id,
    course_id,
    course_name,
    required_of,
    cast(valid_months as integer) as valid_months,
    cast(due_within_days as integer) as due_within_days,
    multi_agency,
    cast(cost_a_place as decimal(12, 2)) as cost_a_place
from courses
