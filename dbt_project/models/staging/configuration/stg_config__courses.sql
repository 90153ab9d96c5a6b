-- Grain: one row per course in the list for councils without a catalogue of their own.
select
    course_id,
    course_name,
    required_of,
    valid_months,
    due_within_days,
    multi_agency,
    cost_a_place
from {{ source('raw', 'config_course') }}
