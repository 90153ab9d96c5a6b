-- Grain: one row an organisation, month and pay element.
-- Rule: pounds paid and people paid; deductions never reach the warehouse. A floor of 10 people under every row.
select
    organisation_id,
    {{ month_end('month_no') }} as month_end,
    element,
    case when count(distinct person_key) >= {{ least_people() }} then cast(sum(amount) as decimal(18, 2)) end as amount,
    case when count(distinct person_key) >= {{ least_people() }} then count(distinct person_key) end as people_paid,
    case when count(distinct person_key) >= {{ least_people() }} then {{ as_fte('sum(paid_fte)') }} end as paid_fte,
    count(distinct person_key) < {{ least_people() }} as is_suppressed
from {{ ref('stg_payroll__elements') }}
group by organisation_id, month_no, element
