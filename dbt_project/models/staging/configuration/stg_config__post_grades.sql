-- Grain: one row per council, list of grades, job role and period in which the role is on the list.
select
    organisation_id,
    list,
    job_role,
    from_date,
    to_date
from {{ source('raw', 'config_post_grade') }}
