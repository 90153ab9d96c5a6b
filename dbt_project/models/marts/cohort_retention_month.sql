-- Grain: one row an organisation, kind of cohort, census year of the start and number of months since the start.
-- Rule: of those who started in the census year and have been seen for so many months, how many are still there (int_cohort_months).
-- Rule: a floor of 10 starters under every row.
-- Limit: the youngest starters of a year are not yet in its latest months, so their number can fall along a row of months.
with cohorts as (
    select
        members.organisation_id,
        members.cohort_kind,
        starts.census_year,
        members.months_since_start,
        count(*) as starters,
        sum(case when members.is_still_there then 1 else 0 end) as still_there
    from {{ ref('int_cohort_months') }} as members
    inner join {{ ref('int_months') }} as starts on members.start_month_no = starts.month_no
    group by members.organisation_id, members.cohort_kind, starts.census_year, members.months_since_start
)

select
    organisation_id,
    cohort_kind,
    cast(census_year as integer) as census_year,
    cast(months_since_start as integer) as months_since_start,
    case when starters >= {{ least_people() }} then cast(starters as bigint) end as starters,
    case when starters >= {{ least_people() }} then cast(still_there as bigint) end as still_there,
    case when starters >= {{ least_people() }} then {{ ratio('still_there', 'starters') }} * 100 end as per_cent_still_there,
    starters < {{ least_people() }} as is_suppressed
from cohorts
