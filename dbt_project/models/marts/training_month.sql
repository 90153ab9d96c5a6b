-- Grain: one row an organisation and month, for months in which training is in force.
-- Rule: attempts recorded in the month; each attempt takes a place, also a failed or a missed one, so each costs one.
-- Rule: multi-agency is an attendance that says so, or a course that the catalogue says is taught together with partners. An occasion is such a
--   course on a day on which somebody completed it.
-- Limit: the council's own staff alone; partners' staff on the same course are not in the extract. A course that is not in the catalogue has no cost.
with
known as (
    select organisation_id, month_no from {{ ref('int_source_months') }} where source = 'training' and is_in_force
),

attempts as (
    select
        attempts.organisation_id, attempts.recorded_month_no as month_no, attempts.person_key, attempts.course_id, attempts.recorded_date,
        attempts.outcome, courses.cost_a_place,
        attempts.delivery = 'multi_agency' or coalesce(courses.multi_agency, false) as is_multi_agency
    from {{ ref('stg_training__attempts') }} as attempts
    left join {{ ref('stg_training__courses') }} as courses
        on attempts.organisation_id = courses.organisation_id
        and attempts.course_id = courses.course_id
)

select
    known.organisation_id,
    {{ month_end('known.month_no') }} as month_end,
    count(attempts.person_key) as attempts,
    count(case when attempts.outcome = 'completed' then 1 end) as completions,
    count(distinct case when attempts.outcome = 'completed' then attempts.person_key end) as people_trained,
    count(case when attempts.outcome = 'did_not_attend' then 1 end) as places_missed,
    count(case when attempts.outcome = 'completed' and attempts.is_multi_agency then 1 end) as multi_agency_completions,
    100 * {{ ratio(
        "count(case when attempts.outcome = 'completed' and attempts.is_multi_agency then 1 end)",
        "count(case when attempts.outcome = 'completed' then 1 end)"
    ) }} as multi_agency_per_cent,
    count(distinct case when attempts.outcome = 'completed' and attempts.is_multi_agency
        then attempts.course_id || cast(attempts.recorded_date as varchar) end) as multi_agency_occasions,
    cast(coalesce(sum(attempts.cost_a_place), 0) as decimal(18, 2)) as cost,
    count(case when attempts.person_key is not null and attempts.cost_a_place is null then 1 end) as attempts_without_cost
from known
left join attempts using (organisation_id, month_no)
group by known.organisation_id, known.month_no
