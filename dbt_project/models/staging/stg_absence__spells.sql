-- Grain: one row an absence and month.
with rows_in_force as ({{ in_force('absence') }})

select
    organisation_id,
    period_month_no as month_no,
    absence_key,
    person_key,
    absence_type,
    start_date,
    end_date,
    fte_days_lost
from rows_in_force
