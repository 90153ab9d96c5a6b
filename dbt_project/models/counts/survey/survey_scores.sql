-- Grain: one row per organisation and survey month.
-- Rule: answers of one respondent cannot be linked. So the number of respondents is the number of answers to the
--   question that most people answered.
with
answers as (select * from {{ ref('stg_survey__answers') }} where score is not null),

by_question as (
    select organisation_id, month_no, question_id, count(*) as answers
    from answers
    group by organisation_id, month_no, question_id
),

respondents as (
    select organisation_id, month_no, max(answers) as respondents
    from by_question
    group by organisation_id, month_no
)

select
    answers.organisation_id,
    answers.month_no,
    sum(answers.score) as score_sum,
    count(*) as answers,
    max(respondents.respondents) as respondents
from answers
inner join respondents using (organisation_id, month_no)
group by answers.organisation_id, answers.month_no
