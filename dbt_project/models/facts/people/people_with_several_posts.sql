-- Grain: one row per person and month end at which the person has more than one post.
-- Rule: nearly everybody has one post. So a sum of heads can count everybody else by team, and needs to look for the
--   same person in two teams only among these few.
select
    organisation_id,
    month_no,
    person_key,
    count(*) as posts,
    sum(case when is_in_dfe then 1 else 0 end) as dfe_posts
from {{ ref('assignment_month') }}
group by organisation_id, month_no, person_key
having count(*) > 1
