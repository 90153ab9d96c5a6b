-- Grain: one row per job role and group of job roles that it belongs to.
select
    job_role,
    role_group
from {{ ref('role_groups') }}
union -- removes repeated rows
select
    job_role,
    role_group
from {{ ref('role_groups_of_pay') }}
