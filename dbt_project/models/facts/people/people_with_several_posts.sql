-- Grain: one row per person and month end at which the person has more than one post.
-- Rule: nearly everybody has one post. A sum may count those people by team, and needs to look for the same person in
--   two teams among these few alone.
select
    organisation_id,
    month_no,
    person_key,
    count(*) as posts,
    sum(case when is_in_dfe then 1 else 0 end) as dfe_posts
from {{ ref('assignment_month') }}
group by organisation_id, month_no, person_key
having count(*) > 1
