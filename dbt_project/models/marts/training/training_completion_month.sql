-- Grain: one row per organisation, month, scope, course and way of delivery.
-- Rule: calculated in training_completions.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
with told as (select * from {{ ref('training_completions') }})

select
    unit_key,
    {{ course_key('organisation_id', 'course_id') }} as course_key,
    organisation_id,
    month_end,
    scope,
    scope_id,
    course_id,
    delivery,
    completions,
    people,
    organisations_counted,
    organisations_left_out
from ({{ with_unit_keys(
    with_areas('told', ['month_end', 'course_id', 'delivery'], numbers=['completions', 'people']),
    month_no('month_end'),
) }}) as figures
