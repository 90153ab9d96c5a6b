-- Grain: one row per worker with a case allocation and month end.
-- Rule: `dfe` counts social workers in post and agency social workers in place who hold a case, with the FTE that they
--   work.
-- Rule: a worker's limit is the council's limit for the month times FTE. Workers in the assessed and supported year (by
--   the main assignment) have a lower limit of their own.
-- Rule: cases count even if the holder's FTE is not known. The holder is then left out of FTE and has no limit
--   (docs/counting_rules.md, H3).
-- Limit: a holder who is neither in post nor in place is left out.
with
holders as (select * from {{ ref('stg_caseload__holders') }}),

staff as (
    select
        organisation_id, month_no, person_key,
        sum(fte) as fte,
        min_by(current_team_id, {{ main_assignment_first() }}) as current_team_id,
        min_by(job_role, {{ main_assignment_first() }}) = 'asye_social_worker' as is_asye
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
),

limits as (select * from {{ ref('stg_config__caseload_limits') }})

select
    holders.organisation_id,
    holders.month_no,
    holders.person_key,
    holders.agency_worker_key,
    coalesce(staff.current_team_id, agency.current_team_id) as current_team_id,
    coalesce(staff.fte, agency.fte) as fte,
    holders.cases,
    holders.changed_worker,
    holders.agency_worker_key is not null as is_agency,
    holders.cases >= 1 and coalesce(staff.person_key, agency.agency_worker_key) is not null as is_dfe_case_holder,
    coalesce(staff.is_asye, false) as is_asye,
    holders.cases
    > case when staff.is_asye then limits.asye_cases else limits.cases end
    * coalesce(staff.fte, agency.fte) as is_above_limit
from holders
left join staff
    on holders.organisation_id = staff.organisation_id
    and holders.month_no = staff.month_no
    and holders.person_key = staff.person_key
left join agency
    on holders.organisation_id = agency.organisation_id
    and holders.month_no = agency.month_no
    and holders.agency_worker_key = agency.agency_worker_key
left join limits
    on holders.organisation_id = limits.organisation_id
    and {{ month_end('holders.month_no') }} >= limits.from_date
    and {{ month_end('holders.month_no') }} < {{ or_never('limits.next_from_date') }}
