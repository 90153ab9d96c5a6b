-- Grain: one row per organisation, scope, kind of cohort, census year of the start and number of months since the
--   start.
-- Rule: people who started in the census year and for whom this number of months is known, and how many of them are
--   still there (cohort_months). A service's and a team's people are those who started in it, wherever in the council's
--   social work they are now. For `joined_team`, the people still there are those still in the team.
-- Rule: above a council, the councils' rows add up, for partnerships and for regions and England if they are complete
--   (with_areas).
-- Limit: the last starters of a year are not yet in its latest months, so the number of starters can fall from one
--   month to the next.
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
        cast(sum(case when is_still_there then 1 else 0 end) as bigint) as still_there
    from ({{ in_each_scope('members') }}) as scoped
    group by organisation_id, scope, scope_id, census_year, cohort_kind, months_since_start
)

select
    unit_key,
    organisation_id,
    scope,
    scope_id,
    cohort_kind,
    census_year,
    months_since_start,
    starters,
    still_there,
    {{ ratio('still_there', 'starters') }} * 100 as per_cent_still_there,
    organisations_counted,
    organisations_left_out
from (
    {{ with_unit_keys(with_areas(
        'cohorts', ['census_year', 'cohort_kind', 'months_since_start'], numbers=['starters', 'still_there'],
        counted_by=['census_year', 'cohort_kind', 'months_since_start'],
    ), 'census_year * 12 + 8') }}
) as figures
