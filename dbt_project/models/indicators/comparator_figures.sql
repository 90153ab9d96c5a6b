-- Grain: one row per council, indicator, 30 September, comparator and release of DfE's statistics.
-- Rule: comparators are the council's own figure as DfE printed it, its region, England, and the median of the printed
--   figures of its statistical neighbours.
-- Rule: neighbours without a number are left out of the median, and their number is shown. Authorities that are
--   published together count once.
-- Rule: each figure carries its release, because the next release may print another figure for the same year. For each
--   year one release is the latest.
-- Limit: the region is the one that DfE's file gives for the authority: Inner or Outer London, not London.
with
councils as (select organisation_id, la_code from {{ ref('stg_config__councils') }}),

rates as (select * from {{ ref('comparator_rates') }}),

own as (
    select councils.organisation_id, rates.*
    from rates
    inner join councils
        on rates.level = 'authority'
        and {{ is_in_area('rates.area_code', 'councils.la_code') }}
),

regions as (
    select organisation_id, max_by(region_code, release || cast(census_year as {{ dbt.type_string() }})) as region_code
    from own
    group by organisation_id
),

-- A neighbour may be one of two authorities that are published together. So may the council.
neighbours as (
    select distinct -- two authorities that are published together may both be neighbours
        councils.organisation_id, neighbours.model, rates.release, rates.census_year, rates.area_code
    from {{ ref('stg_comparators__neighbours') }} as neighbours
    inner join councils on {{ is_in_area('councils.la_code', 'neighbours.old_la_code') }}
    inner join rates
        on rates.level = 'authority'
        and {{ is_in_area('rates.area_code', 'neighbours.neighbour_old_la_code') }}
),

beside as (
    select
        organisation_id, indicator_id, release, census_year, 'council' as comparator, area_code, area_name,
        numerator, denominator, cast(value as double) as value, symbol,
        case when value is null then 0 else 1 end as areas,
        case when value is null then 1 else 0 end as areas_without_figure,
        cast(null as {{ dbt.type_string() }}) as neighbour_model
    from own
    union all
    select
        regions.organisation_id,
        rates.indicator_id,
        rates.release,
        rates.census_year,
        'region',
        rates.area_code,
        rates.area_name,
        rates.numerator, rates.denominator, cast(rates.value as double), rates.symbol,
        case when rates.value is null then 0 else 1 end, case when rates.value is null then 1 else 0 end, null
    from rates
    inner join regions on rates.level = 'region' and rates.area_code = regions.region_code
    union all
    select
        councils.organisation_id,
        rates.indicator_id,
        rates.release,
        rates.census_year,
        'england',
        rates.area_code,
        rates.area_name,
        rates.numerator, rates.denominator, cast(rates.value as double), rates.symbol,
        case when rates.value is null then 0 else 1 end, case when rates.value is null then 1 else 0 end, null
    from rates
    inner join councils on rates.level = 'england'
    union all
    select
        neighbours.organisation_id,
        rates.indicator_id,
        rates.release,
        rates.census_year,
        'statistical_neighbours',
        null,
        null,
        null, null, median(cast(rates.value as double)), case when count(rates.value) = 0 then 'x' end,
        count(rates.value), count(*) - count(rates.value), max(neighbours.model)
    from neighbours
    inner join rates
        on rates.level = 'authority'
        and neighbours.release = rates.release
        and neighbours.census_year = rates.census_year
        and neighbours.area_code = rates.area_code
    group by neighbours.organisation_id, rates.indicator_id, rates.release, rates.census_year
)

select
    beside.organisation_id,
    beside.indicator_id,
    'dfe' as definition_id,
    make_date(beside.census_year, 9, 30) as month_end,
    beside.comparator,
    beside.area_code,
    beside.area_name,
    beside.numerator,
    beside.denominator,
    beside.value,
    indicators.unit,
    beside.symbol,
    cast(beside.areas as integer) as areas,
    cast(beside.areas_without_figure as integer) as areas_without_figure,
    beside.release,
    beside.release = max(beside.release) over (
        partition by beside.organisation_id, beside.indicator_id, beside.census_year, beside.comparator
    ) as is_latest_release,
    beside.neighbour_model
from beside
inner join {{ ref('indicator_definitions') }} as indicators
    on beside.indicator_id = indicators.indicator_id
    and indicators.definition_id = 'dfe'
