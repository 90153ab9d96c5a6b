-- Grain: one row a person, pay element and month.
with rows_in_force as ({{ in_force('payroll') }})

select
    rows_in_force.organisation_id,
    rows_in_force.period_month_no as month_no,
    {{ linked_person('rows_in_force') }} as person_key,
    rows_in_force.element,
    {{ as_fte('paid_fte') }} as paid_fte,
    rows_in_force.amount
from rows_in_force
{{ join_person_links('rows_in_force') }}
