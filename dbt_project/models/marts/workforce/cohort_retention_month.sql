-- Grain: one row per organisation, scope, kind of cohort, census year of the start and number of months since the
--   start.
-- Rule: of those who started in the census year and have been seen for so many months, how many are still there
--   (cohort_months). A service's and a team's are those who started in it, wherever in the council's social work they
--   are now; of `joined_team`, those who are in the team still.
-- Rule: a floor of 10 starters under every row.
-- Rule: above a council the councils' rows add up: of partnerships, and of regions and England that are whole
--   (with_areas).
-- Limit: the youngest starters of a year are not yet in its latest months, so their number can fall along a row of
--   months.
with
members as (
    select
        members.organisation_id, members.current_team_id, members.start_month_no as month_no, members.cohort_kind,
        cast(starts.census_year as integer) as census_year,
        cast(members.months_since_start as integer) as months_since_start,
        members.is_still_there
    from {{ ref('cohort_months') }} as members
    inner join {{ ref('months') }} as starts on members.start_month_no = starts.month_no
),

cohorts as (
    select
        organisation_id, scope, scope_id, census_year, cohort_kind, months_since_start,
        count(*) as starters,
        sum(case when is_still_there then 1 else 0 end) as still_there
    from ({{ in_each_scope('members') }}) as scoped
    group by organisation_id, scope, scope_id, census_year, cohort_kind, months_since_start
),

told as (
    select
        organisation_id, scope, scope_id, census_year, cohort_kind, months_since_start,
        case when starters >= {{ least_people() }} then cast(starters as bigint) end as starters,
        case when starters >= {{ least_people() }} then cast(still_there as bigint) end as still_there
    from cohorts
)

select
    organisation_id,
    scope,
    scope_id,
    cohort_kind,
    census_year,
    months_since_start,
    starters,
    still_there,
    {{ ratio('still_there', 'starters') }} * 100 as per_cent_still_there,
    starters is null as is_suppressed,
    organisations_counted,
    organisations_left_out
from (
    {{ with_areas(
        'told', ['census_year', 'cohort_kind', 'months_since_start'], numbers=['starters', 'still_there'],
        shown='starters is not null', counted_by=['census_year', 'cohort_kind', 'months_since_start'],
    ) }}
) as figures
