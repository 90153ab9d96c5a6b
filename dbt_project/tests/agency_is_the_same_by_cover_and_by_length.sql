-- FTE by cover adds up to FTE, and no worker in place is left out of the lengths of engagement.
select *
from {{ ref('agency_position') }}
where
    fte <> vacancy_fte + absence_fte + project_team_fte + other_fte
    or workers
    <> engaged_24_months_and_more
    + engaged_12_to_24_months
    + engaged_6_to_12_months
    + engaged_3_to_6_months
    + engaged_under_3_months
