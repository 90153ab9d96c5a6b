-- Grain: one row per council, month and pay element.
-- Rule: pounds paid and people paid. Deductions never reach the warehouse. Every row needs at least 10 people.
with
sums as (
    select *, people_paid >= {{ least_people() }} as is_shown
    from {{ ref('pay_sums') }}
)

select
    organisation_id as unit_key,
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    element,
    case when is_shown then cast(amount as decimal(18, 2)) end as amount,
    case when is_shown then people_paid end as people_paid,
    case when is_shown then {{ as_fte('paid_fte') }} end as paid_fte,
    not is_shown as is_suppressed
from sums
