-- Grain: one row per council, month and pay element.
-- Rule: pounds paid and people paid. Deductions never reach the warehouse.
select
    organisation_id as unit_key,
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    element,
    cast(amount as decimal(18, 2)) as amount,
    people_paid,
    {{ as_fte('paid_fte') }} as paid_fte
from {{ ref('pay_sums') }}
