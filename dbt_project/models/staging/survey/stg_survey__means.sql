-- Grain: one row per survey, population and topic in a report of means. If two months have the report, the last one
--   counts.
-- Rule: only means of whole topics, not of single questions. If a topic has no number of answers, it has the survey's
--   largest number.
with rows_in_force as ({{ in_force('survey_means') }})

select
    organisation_id,
    period_month_no as month_no,
    survey_name,
    population,
    topic,
    mean_score,
    coalesce(responses, max(responses) over (partition by organisation_id, period_month_no, survey_name, population))
        as responses,
    coalesce(invited, max(invited) over (partition by organisation_id, period_month_no, survey_name, population))
        as invited,
    national_mean
from rows_in_force
where question_id is null
qualify
    row_number() over (partition by organisation_id, survey_name, population, topic order by period_month_no desc) = 1
