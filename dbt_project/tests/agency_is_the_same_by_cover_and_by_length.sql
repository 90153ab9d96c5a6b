-- FTE by kind of cover adds up to FTE, and the lengths of engagement leave out no worker in place.
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
