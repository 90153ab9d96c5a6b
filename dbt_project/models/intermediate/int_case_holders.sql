-- Grain: one row a worker with a case allocation and month end.
-- Rule: `dfe` counts social workers in post and agency social workers in place who hold a case, with the FTE that they work.
-- Limit: a holder who is neither, or whose FTE is not known, is left out above and below the line.
with
holders as (select * from {{ ref('stg_caseload__holders') }}),

staff as (
    select
        organisation_id, month_no, person_key,
        sum(fte) as fte,
        min_by(current_team_id, {{ main_assignment_first() }}) as current_team_id
    from {{ ref('assignment_month') }}
    where is_in_dfe
    group by organisation_id, month_no, person_key
),

agency as (
    select
        organisation_id, month_no, agency_worker_key,
        sum(fte) as fte,
        min(current_team_id) as current_team_id
    from {{ ref('agency_month') }}
    where is_in_dfe
    group by organisation_id, month_no, agency_worker_key
)

select
    holders.organisation_id,
    holders.month_no,
    holders.person_key,
    holders.agency_worker_key,
    coalesce(staff.current_team_id, agency.current_team_id) as current_team_id,
    coalesce(staff.fte, agency.fte) as fte,
    holders.cases,
    holders.agency_worker_key is not null as is_agency,
    holders.cases >= 1 and coalesce(staff.fte, agency.fte) is not null as is_dfe_case_holder
from holders
left join staff
    on holders.organisation_id = staff.organisation_id
    and holders.month_no = staff.month_no
    and holders.person_key = staff.person_key
left join agency
    on holders.organisation_id = agency.organisation_id
    and holders.month_no = agency.month_no
    and holders.agency_worker_key = agency.agency_worker_key
