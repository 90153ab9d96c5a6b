-- Grain: one row per organisation and month for which a snapshot of staff in post is in force, numbered from the first
--   one.
select
    organisation_id,
    month_no,
    row_number() over (partition by organisation_id order by month_no) as extract_no,
    lead(month_no) over (partition by organisation_id order by month_no) as next_month_no,
    lead(month_no, 2) over (partition by organisation_id order by month_no) as second_next_month_no
from {{ ref('deliveries_in_force') }}
where source = 'hr_assignments' and delivers = 'snapshot'
