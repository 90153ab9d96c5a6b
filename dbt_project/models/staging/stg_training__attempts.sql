-- Grain: one row a person, course, day and outcome of an attempt.
-- Rule: an attempt that several months' extracts tell of counts once, as told last: a learning system may send all of them every month.
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
qualify row_number() over (
    partition by organisation_id, person_key, course_id, recorded_date, outcome order by period_month_no desc
) = 1
