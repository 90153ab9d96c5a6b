-- Grain: one row per council, survey, population, topic and way of reporting (answers, or a report of means).
-- Rule: respondents are the answers to the question that most people answered, or the number that the report gives.
-- Rule: a report gives the number of people asked. If only answers came, it is the registered social workers in post at
--   the month end.
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
)

select
    by_standard.organisation_id, by_standard.month_no, by_standard.survey_name,
    'childrens_services' as population,
    'standard_' || cast(by_standard.standard as {{ dbt.type_string() }}) as topic,
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
