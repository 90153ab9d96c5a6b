-- Grain: one row per council, month end and unit of it.
-- Rule: the cases and FTE of social workers who hold at least one case, agency workers included. Agency workers are
--   also shown separately.
-- Rule: the bands count how many of these people hold so many cases, whatever their FTE. A limit is for a full-time
--   worker. A part-time worker's limit is in proportion to FTE.
-- Rule: limits are the council's own (organisation.yaml). Without them, the columns that need them are empty.
-- Rule: cases with another worker are those that somebody else held a month before. They are empty if the case system
--   does not report this.
-- Rule: cases that wait for a worker are in the team in which they wait. They are empty, not 0, if the month's extract
--   gives no such cases for any team.
{% set bands = caseload_bands() %}
with
case_holders as (
    select * from {{ ref('case_holders') }} where is_dfe_case_holder
),

holder_sums as (
    select
        organisation_id, month_no, scope, scope_id,
        sum(cases) as cases,
        sum(fte) as case_holders_fte,
        count(*) as case_holders,
        sum(case when is_agency then cases else 0 end) as cases_held_by_agency,
        sum(changed_worker) as cases_with_another_worker,
        sum(case when is_agency then fte else 0 end) as agency_case_holders_fte,
        sum(case when is_agency then 1 else 0 end) as agency_case_holders,
        {% for band, least, most in bands %}
        sum(case when cases between {{ least }} and {{ most }} then 1 else 0 end) as holders_of_{{ band }},
        {% endfor %}
        sum(case when is_above_limit then 1 else 0 end) as holders_above_limit,
        sum(case when is_asye then 1 else 0 end) as asye_case_holders,
        sum(case when is_asye and is_above_limit then 1 else 0 end) as asye_holders_above_limit
    from ({{ in_each_scope('case_holders') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

unallocated as (
    select
        cases.organisation_id, cases.month_no, cases.cases,
        coalesce(teams.current_team_id, cases.team_id) as current_team_id
    from {{ ref('stg_caseload__unallocated') }} as cases
    left join {{ ref('stg_config__current_teams') }} as teams
        on cases.organisation_id = teams.organisation_id
        and cases.team_id = teams.team_id
),

unallocated_sums as (
    select organisation_id, month_no, scope, scope_id, sum(cases) as unallocated_cases
    from ({{ in_each_scope('unallocated') }}) as scoped
    group by organisation_id, month_no, scope, scope_id
),

tells_unallocated as (
    select organisation_id, month_no
    from unallocated
    group by organisation_id, month_no
),

units as (
    select organisation_id, month_no, scope, scope_id from holder_sums
    union -- removes repeated rows
    select organisation_id, month_no, scope, scope_id from unallocated_sums
),

limits as (select * from {{ ref('stg_config__caseload_limits') }})

select
    units.organisation_id,
    {{ month_end('units.month_no') }} as month_end,
    units.scope,
    units.scope_id,
    cast(coalesce(holder_sums.cases, 0) as bigint) as cases,
    {{ as_fte('coalesce(holder_sums.case_holders_fte, 0)') }} as case_holders_fte,
    cast(coalesce(holder_sums.case_holders, 0) as bigint) as case_holders,
    cast(coalesce(holder_sums.cases_held_by_agency, 0) as bigint) as cases_held_by_agency,
    {{ as_fte('coalesce(holder_sums.agency_case_holders_fte, 0)') }} as agency_case_holders_fte,
    cast(coalesce(holder_sums.agency_case_holders, 0) as bigint) as agency_case_holders,
    cast(holder_sums.cases_with_another_worker as bigint) as cases_with_another_worker,
    {% for band, _, _ in bands %}
    cast(coalesce(holder_sums.holders_of_{{ band }}, 0) as bigint) as holders_of_{{ band }},
    {% endfor %}
    limits.cases as case_limit,
    cast(case when limits.cases is not null then coalesce(holder_sums.holders_above_limit, 0) end as bigint)
        as holders_above_limit,
    limits.asye_cases as asye_case_limit,
    cast(coalesce(holder_sums.asye_case_holders, 0) as bigint) as asye_case_holders,
    cast(case when limits.cases is not null then coalesce(holder_sums.asye_holders_above_limit, 0) end as bigint)
        as asye_holders_above_limit,
    cast(
        case
            when tells_unallocated.month_no is not null then coalesce(unallocated_sums.unallocated_cases, 0)
        end as bigint
    ) as unallocated_cases
from units
left join holder_sums using (organisation_id, month_no, scope, scope_id)
left join unallocated_sums using (organisation_id, month_no, scope, scope_id)
left join tells_unallocated using (organisation_id, month_no)
left join limits
    on units.organisation_id = limits.organisation_id
    and {{ month_end('units.month_no') }} >= limits.from_date
    and {{ month_end('units.month_no') }} < {{ or_never('limits.next_from_date') }}
