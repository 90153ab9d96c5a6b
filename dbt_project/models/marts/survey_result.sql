-- Grain: one row an organisation, survey and employer standard.
-- Rule: mean score of the answers, 0 to 100; band from the score rounded to a whole number: low to 50, moderate to 74, high from 75.
-- Rule: a floor of 10 answers to the question most answered.
-- Source of the bands: LGA employer standards survey; rounding first is our choice, since the bands leave decimals open.
with
answers as (select * from {{ ref('stg_survey__answers') }} where score is not null),

by_question as (
    select organisation_id, month_no, survey_name, standard, question_id, count(*) as answers, sum(score) as score_sum
    from answers
    group by organisation_id, month_no, survey_name, standard, question_id
),

by_standard as (
    select
        organisation_id, month_no, survey_name, standard,
        max(answers) as respondents, sum(answers) as answers, sum(score_sum) as score_sum
    from by_question
    group by organisation_id, month_no, survey_name, standard
)

select
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    survey_name,
    cast(standard as integer) as standard,
    case when respondents >= 10 then cast(respondents as bigint) end as respondents,
    case when respondents >= 10 then cast(answers as bigint) end as answers,
    case when respondents >= 10 then {{ ratio('score_sum', 'answers') }} end as score,
    case
        when respondents < 10 then 'suppressed'
        when round({{ ratio('score_sum', 'answers') }}) <= 50 then 'low'
        when round({{ ratio('score_sum', 'answers') }}) <= 74 then 'moderate'
        else 'high'
    end as band
from by_standard
