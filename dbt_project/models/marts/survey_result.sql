-- Grain: one row an organisation, survey, population, topic and way of telling (answers, or a report of means).
-- Rule: mean score, 0 to 100; band from the score rounded to a whole number: low to 50, moderate to 74, high from 75.
-- Rule: a floor of 10 people under every row: the answers to the question most answered, or the answers that the report tells. A report that does not
--   tell how many answered is not shown.
-- Rule: the response rate is over those who were asked; where only answers came, over the registered social workers in post at the month end.
-- Source of the bands: LGA employer standards survey; rounding first is our choice, since the bands leave decimals open.
with
answers as (select * from {{ ref('stg_survey__answers') }} where score is not null),

by_question as (
    select organisation_id, month_no, survey_name, standard, question_id, count(*) as answers, sum(score) as score_sum
    from answers
    group by organisation_id, month_no, survey_name, standard, question_id
),

in_post as (
    select organisation_id, month_no, count(distinct person_key) as people
    from {{ ref('assignment_month') }}
    where is_in_dfe
    group by organisation_id, month_no
),

by_standard as (
    select
        organisation_id, month_no, survey_name, standard,
        max(answers) as respondents, sum(answers) as answers, sum(score_sum) as score_sum
    from by_question
    group by organisation_id, month_no, survey_name, standard
),

results as (
    select
        by_standard.organisation_id, by_standard.month_no, by_standard.survey_name,
        'childrens_services' as population,
        'standard_' || cast(by_standard.standard as varchar) as topic,
        'answers' as told_by,
        cast(by_standard.respondents as bigint) as respondents,
        cast(in_post.people as bigint) as asked,
        cast(by_standard.answers as bigint) as answers,
        {{ ratio('by_standard.score_sum', 'by_standard.answers') }} as score,
        cast(null as double) as national_score
    from by_standard
    left join in_post using (organisation_id, month_no)
    union all
    select
        organisation_id, month_no, survey_name, population, topic, 'means',
        cast(responses as bigint), cast(invited as bigint), null, cast(mean_score as double), cast(national_mean as double)
    from {{ ref('stg_survey__means') }}
    where mean_score is not null
),

judged as (
    select *, coalesce(respondents, 0) >= {{ least_people() }} as is_shown
    from results
)

select
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
