-- Grain: one row per answer. Answers of one respondent cannot be linked.
-- Rule: an answer k from 1 to 5 scores (k - 1) / 4 * 100. Not applicable has no score.
with rows_in_force as ({{ in_force('survey') }})

select
    organisation_id,
    period_month_no as month_no,
    survey_name,
    standard,
    question_id,
    (answer - 1) * 25 as score
from rows_in_force
