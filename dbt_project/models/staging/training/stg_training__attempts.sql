-- Grain: one row per person, course, day and outcome of an attempt.
-- Rule: an attempt that is in the extracts of several months counts once, as last reported. A learning system may send
--   all attempts every month.
with rows_in_force as ({{ in_force('training') }})

select
    rows_in_force.organisation_id,
    rows_in_force.delivery_id,
    {{ linked_person('rows_in_force') }} as person_key,
    rows_in_force.course_id,
    rows_in_force.recorded_date,
    {{ month_no('recorded_date') }} as recorded_month_no,
    rows_in_force.outcome,
    rows_in_force.delivery
from rows_in_force
{{ join_person_links('rows_in_force') }}
qualify row_number() over (
    partition by
        rows_in_force.organisation_id,
        {{ linked_person('rows_in_force') }},
        rows_in_force.course_id,
        rows_in_force.recorded_date,
        rows_in_force.outcome
    order by rows_in_force.period_month_no desc, rows_in_force.delivery
) = 1
