-- Grain: one row a person, course and day of the attempt, and the delivery that told of it.
with rows_in_force as ({{ in_force('training') }})

select
    organisation_id,
    delivery_id,
    person_key,
    course_id,
    recorded_date,
    {{ month_no('recorded_date') }} as recorded_month_no,
    outcome,
    delivery
from rows_in_force
