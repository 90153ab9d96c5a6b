-- Grain: one row per council, month and pay element.
-- Rule: pounds paid and people paid. Deductions never reach the warehouse.
select
    organisation_id,
    month_no,
    element,
    sum(amount) as amount,
    count(distinct person_key) as people_paid,
    sum(paid_fte) as paid_fte
from {{ ref('stg_payroll__elements') }}
group by organisation_id, month_no, element
