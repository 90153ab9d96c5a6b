-- Grain: one row per organisation, survey, population, topic and way of reporting (answers, or a report of means).
-- Rule: mean score, 0 to 100. The band is that of the score rounded to a whole number: low to 50, moderate to 74, high
--   from 75.
-- Rule: the people of a row are the answers to the question that most people answered, or the answers that the report
--   gives. They are empty if a report does not say how many answered.
-- Rule: the response rate is respondents divided by people asked. If only answers came, it is divided by the registered
--   social workers in post at the month end.
-- Source of the bands: LGA employer standards survey. We chose to round first, because the bands leave decimals open.
select
    organisation_id as unit_key,
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    survey_name,
    population,
    topic,
    told_by,
    case when topic like 'standard%' then cast(substr(topic, 10) as integer) end as standard,
    respondents,
    asked,
    100 * {{ ratio('respondents', 'asked') }} as response_per_cent,
    answers,
    score,
    case
        when round(score) <= 50 then 'low'
        when round(score) <= 74 then 'moderate'
        else 'high'
    end as band,
    national_score
from {{ ref('survey_topics') }}
