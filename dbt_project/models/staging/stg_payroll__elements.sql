-- Grain: one row a person, pay element and month.
with rows_in_force as ({{ in_force('payroll') }})

select
    organisation_id,
    period_month_no as month_no,
    person_key,
    element,
    {{ as_fte('paid_fte') }} as paid_fte,
    amount
from rows_in_force
