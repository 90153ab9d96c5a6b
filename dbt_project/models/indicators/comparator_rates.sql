-- Grain: one row per release of DfE's statistics, census year, area and indicator.
-- Rule: the rate as DfE prints it, or the symbol in its place, and the numerator and denominator that DfE prints beside
--   it.
-- Limit: for a region and England, numerator and denominator may not give the printed rate, because DfE leaves an
--   authority without a numerator out of the rate's denominator.
with
areas as (select * from {{ ref('stg_comparators__areas') }}),

working_days as (select * from {{ ref('working_days') }}),

rates as (
    {# indicator, published rate, published numerator, denominator from published parts #}
    {% set rates = [
        ('agency_rate', 'agency_rate_fte', 'agency_fte', 'agency_fte + areas.inpost_fte'),
        ('agency_rate_headcount', 'agency_rate_headcount', 'agency_headcount', 'agency_headcount + areas.inpost_headcount'),
        ('turnover_rate', 'turnover_rate_fte', 'leavers_fte', 'inpost_fte'),
        ('turnover_rate_headcount', 'turnover_rate_headcount', 'leavers_headcount', 'inpost_headcount'),
        ('vacancy_rate', 'vacancy_rate_fte', 'vacancy_fte', 'vacancy_fte + areas.inpost_fte'),
        ('agency_cover_rate', 'agency_cover_rate_fte', 'agency_cover_fte', 'agency_fte'),
        ('vacancy_agency_cover_rate', 'vacancy_agency_cover_rate_fte', 'agency_cover_fte', 'vacancy_fte'),
        ('absence_rate', 'absence_rate_fte', 'working_days_lost_fte', 'inpost_fte * working_days.working_days'),
        ('caseload', 'caseload_fte', 'cases', 'case_holders_fte'),
    ] %}
    {% for indicator_id, rate, numerator, denominator in rates %}
    select
        areas.release, areas.census_year, areas.level, areas.area_code, areas.area_name, areas.region_code,
        '{{ indicator_id }}' as indicator_id,
        {{ as_fte('areas.' ~ numerator) }} as numerator,
        {{ as_fte('areas.' ~ denominator) }} as denominator,
        areas.{{ rate }} as value,
        areas.{{ rate }}_symbol as symbol
    from areas
    left join working_days on areas.census_year = working_days.census_year
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    release,
    census_year,
    level,
    area_code,
    area_name,
    region_code,
    indicator_id,
    numerator,
    denominator,
    value,
    symbol
from rates
