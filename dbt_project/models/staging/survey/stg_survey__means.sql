-- Grain: one row per survey, population and topic of a report of means; the report that came last where two months have
--   it.
-- Rule: means of whole topics, not of single questions; where a topic does not say how many answered, the survey's
--   largest number does.
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
