-- Grain: one row per council and course, from the council's own catalogue or from the configuration's list.
select
    organisation_id,
    course_id,
    course_name,
    required_of,
    valid_months,
    due_within_days,
    multi_agency as is_multi_agency,
    cost_a_place
from {{ ref('courses') }}
