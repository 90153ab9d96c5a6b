-- Grain: one row per month, from the earliest to the latest of any fact.
-- Rule: a financial year runs from April to March, an academic year from September to August, a census year from
--   October to September.
with
months_of_facts as (
    select month_end from {{ ref('months') }}
    union all
    select month_end from {{ ref('deliveries_in_force') }}
    union all
    select month_end from {{ ref('training_completions') }}
    union all
    select {{ month_end('month_no') }} as month_end from {{ ref('survey_topics') }}
    union all
    select {{ month_end('month_no') }} as month_end from {{ ref('inductions') }}
    union all
    select month_end from {{ ref('comparator_figures') }}
    union all
    select month_end from {{ ref('check_results') }}
    union all
    select month_end from {{ ref('figures_as_published') }}
),

bounds as (
    select min({{ month_no('month_end') }}) as first_month_no, max({{ month_no('month_end') }}) as last_month_no
    from months_of_facts
),

numbers as (
    select {{ each_month_no('first_month_no', 'last_month_no') }} as month_no from bounds
),

years as (
    select
        numbers.month_no,
        cast(floor(numbers.month_no / 12) as integer) as calendar_year,
        cast(floor((numbers.month_no + 3) / 12) as integer) as census_year,
        cast(floor((numbers.month_no - 3) / 12) as integer) as financial_year_begins,
        cast(floor((numbers.month_no - 8) / 12) as integer) as academic_year_begins,
        months.month_no is not null as is_reported
    from numbers
    left join {{ ref('months') }} as months on numbers.month_no = months.month_no
)

select
    {{ month_end('month_no') }} as month_end,
    {{ month_start('month_no') }} as month_start,
    cast(month_no as integer) as month_no,
    {{ month_label('month_no') }} as month_label,
    calendar_year,
    cast(month_no % 12 as integer) + 1 as month_of_year,
    census_year,
    month_no % 12 = 8 as is_census_month,
    {{ years_label('financial_year_begins') }} as financial_year,
    {{ years_label('academic_year_begins') }} as academic_year,
    is_reported
from years
