-- Grain: one row per person paid and month.
-- Rule: cost is everything paid plus the employer's costs. FTE is the FTE of basic pay.
select
    organisation_id,
    month_no,
    person_key,
    sum(amount) as cost,
    sum(case when element = 'basic_pay' then paid_fte end) as paid_fte
from {{ ref('stg_payroll__elements') }}
group by organisation_id, month_no, person_key
