-- Grain: one row per absence and month.
with rows_in_force as ({{ in_force('absence') }})

select
    rows_in_force.organisation_id,
    rows_in_force.period_month_no as month_no,
    rows_in_force.absence_key,
    {{ linked_person('rows_in_force') }} as person_key,
    rows_in_force.absence_type,
    rows_in_force.start_date,
    rows_in_force.end_date,
    rows_in_force.fte_days_lost
from rows_in_force
{{ join_person_links('rows_in_force') }}
