-- Grain: one row an organisation, month, course and way of delivery.
-- Rule: completions recorded in the month by the learning system; a repeat is a completion of its own, a failed attempt is none.
select
    organisation_id,
    {{ month_end('recorded_month_no') }} as month_end,
    course_id,
    delivery,
    count(*) as completions,
    count(distinct person_key) as people
from {{ ref('stg_training__attempts') }}
where outcome = 'completed'
group by organisation_id, recorded_month_no, course_id, delivery
