-- Grain: one row a month.
select
    month_end,
    month_start,
    month_no,
    census_year
from {{ ref('int_months') }}
