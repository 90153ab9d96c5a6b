-- Grain: one row per council and day from which its caseload limits apply, until the next day that has limits.
select
    organisation_id,
    from_date,
    lead(from_date) over (partition by organisation_id order by from_date) as next_from_date,
    cases,
    asye_cases
from {{ source('raw', 'config_caseload_limit') }}
