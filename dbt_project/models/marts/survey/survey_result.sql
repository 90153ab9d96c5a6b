-- Grain: one row per organisation, survey, population, topic and way of reporting (answers, or a report of means).
-- Rule: mean score, 0 to 100. The band is that of the score rounded to a whole number: low to 50, moderate to 74, high
--   from 75.
-- Rule: every row needs at least 10 people: the answers to the question that most people answered, or the answers that
--   the report gives. A report that does not say how many answered is not shown.
-- Rule: the response rate is respondents divided by people asked. If only answers came, it is divided by the registered
--   social workers in post at the month end.
-- Source of the bands: LGA employer standards survey. We chose to round first, because the bands leave decimals open.
with
judged as (
    select *, coalesce(respondents, 0) >= {{ least_people() }} as is_shown
    from {{ ref('survey_topics') }}
)

select
    organisation_id as unit_key,
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    survey_name,
    population,
    topic,
    told_by,
    case when topic like 'standard%' then cast(substr(topic, 10) as integer) end as standard,
    case when is_shown then respondents end as respondents,
    case when is_shown then asked end as asked,
    case when is_shown then 100 * {{ ratio('respondents', 'asked') }} end as response_per_cent,
    case when is_shown then answers end as answers,
    case when is_shown then score end as score,
    case
        when not is_shown then 'suppressed'
        when round(score) <= 50 then 'low'
        when round(score) <= 74 then 'moderate'
        else 'high'
    end as band,
    national_score
from judged
