-- Grain: one row per person, pay element and month.
-- Rule: a person with two employee numbers is paid under both. The amounts of an element are added up.
with rows_in_force as ({{ in_force('payroll') }})

select
    rows_in_force.organisation_id,
    rows_in_force.period_month_no as month_no,
    {{ linked_person('rows_in_force') }} as person_key,
    rows_in_force.element,
    {{ as_fte('sum(rows_in_force.paid_fte)') }} as paid_fte,
    cast(sum(rows_in_force.amount) as decimal(12, 2)) as amount
from rows_in_force
{{ join_person_links('rows_in_force') }}
group by
    rows_in_force.organisation_id,
    rows_in_force.period_month_no,
    {{ linked_person('rows_in_force') }},
    rows_in_force.element
