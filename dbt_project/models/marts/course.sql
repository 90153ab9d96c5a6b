-- Grain: one row a course that the council's list names.
select
    course_id,
    course_name,
    required_of,
    cast(valid_months as integer) as valid_months
from {{ source('raw', 'config_course') }}
