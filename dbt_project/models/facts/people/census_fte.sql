-- Grain: one row per person of the workforce census and census year (to 30 September): people in post on that day, and
--   people who left in the year.
-- Rule: `fte` is the FTE on 30 September of the census year (census item FTE). It is 0 for leavers.
-- Rule: `fte30` is the FTE on 30 September a year before (item FTE30). It is 0 for people who started in the year.
--   Somebody who started and left within the year has 0 in both.
-- Rule: a person with two posts has the FTE of both together, at most 1, because the census accepts no more.
-- Rule: an FTE is empty, never 0, if the FTE of one of the person's posts is not known. `fte30` is also empty if staff
--   in post of the September before is not known.
-- Limit: employees only. The FTE of agency workers is in agency_month, and they need no `fte30`.
-- Limit: somebody who leaves and comes back within the year has one row, in post or not by the last day. We did not
--   have the Department's guide on such people.
with
known as (
    select organisation_id, min(month_no) as first_month_no, max(month_no) as last_month_no
    from {{ ref('source_months') }}
    where source = 'hr_assignments' and is_in_force
    group by organisation_id
),

years as (
    select
        known.organisation_id, months.census_year, months.month_no, months.month_no - 12 as month_no_before,
        known.first_month_no <= months.month_no - 12 as is_september_before_known
    from {{ ref('months') }} as months
    inner join known on months.month_no between known.first_month_no and known.last_month_no
    where extract(month from months.month_end) = 9
),

in_post as (
    select
        organisation_id, month_no, person_key,
        case when count(fte) = count(*) then least(sum(fte), 1) end as fte
    from {{ ref('assignment_month') }}
    where is_in_dfe and extract(month from month_end) = 9
    group by organisation_id, month_no, person_key
),

people as (
    select years.organisation_id, years.census_year, in_post.person_key
    from years
    inner join in_post using (organisation_id, month_no)
    union -- once: somebody can leave and come back within a year
    select years.organisation_id, years.census_year, leavers.person_key
    from years
    inner join {{ ref('leaver') }} as leavers
        on years.organisation_id = leavers.organisation_id
        and leavers.month_no > years.month_no_before
        and leavers.month_no <= years.month_no
    where leavers.is_dfe_leaver
),

first_days as (
    select organisation_id, person_key, min(valid_from) as first_day
    from {{ ref('assignment') }}
    where registered_social_worker
    group by organisation_id, person_key
)

select
    people.organisation_id,
    people.census_year,
    people.person_key,
    this_september.person_key is null as is_leaver,
    {{ as_fte('case when this_september.person_key is null then 0 else this_september.fte end') }} as fte,
    {{ as_fte("case
        when years.is_september_before_known and september_before.person_key is not null then september_before.fte
        when years.is_september_before_known or first_days.first_day > " ~ month_end('years.month_no_before') ~ " then 0
    end") }} as fte30
from people
inner join years using (organisation_id, census_year)
left join in_post as this_september
    on people.organisation_id = this_september.organisation_id
    and people.person_key = this_september.person_key
    and years.month_no = this_september.month_no
left join in_post as september_before
    on people.organisation_id = september_before.organisation_id
    and people.person_key = september_before.person_key
    and years.month_no_before = september_before.month_no
left join first_days
    on people.organisation_id = first_days.organisation_id
    and people.person_key = first_days.person_key
