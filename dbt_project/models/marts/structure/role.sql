-- Grain: one row per job role.
select
    job_role,
    title,
    cast(seniority as integer) as seniority,
    cast(dfe_role as integer) as dfe_role,
    is_in_dfe as is_social_worker,
    is_frontline,
    is_trainee
from {{ ref('job_role') }}
