-- Grain: one row per organisation, month, scope, course and way of delivery.
-- Rule: worked out in training_completions.
-- Rule: above a council the councils' rows add up: of partnerships, and of regions and England that are whole
--   (with_areas).
with told as (select * from {{ ref('training_completions') }})

select
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
from ({{ with_areas('told', ['month_end', 'course_id', 'delivery'], numbers=['completions', 'people']) }}) as figures
