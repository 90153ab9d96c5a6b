-- Grain: one row per month.
select
    month_end,
    month_start,
    month_no,
    census_year
from {{ ref('months') }}
