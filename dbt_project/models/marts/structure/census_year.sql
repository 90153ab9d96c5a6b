-- Grain: one row per census year of which a month is reported.
-- Rule: a census year runs from 1 October to 30 September, and has the year of its end.
select
    census_year,
    min(month_start) as first_day,
    {{ month_end('census_year * 12 + 8') }} as census_date,
    cast(count(*) as integer) as months_reported
from {{ ref('months') }}
group by census_year
