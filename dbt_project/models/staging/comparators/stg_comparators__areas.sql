-- Grain: one row per release of DfE's statistics, census year and area (England, a region or an authority).
-- Rule: if DfE gives a symbol instead of a number, the number is empty and the symbol has its own column.
-- Rule: if a release was received twice, from any sender, the one received last counts.
{% set measures = [
    'inpost_fte', 'inpost_headcount', 'leavers_fte', 'leavers_headcount', 'turnover_rate_fte', 'turnover_rate_headcount',
    'agency_fte', 'agency_headcount', 'agency_rate_fte', 'agency_rate_headcount', 'agency_cover_fte', 'agency_cover_rate_fte',
    'vacancy_fte', 'vacancy_rate_fte', 'vacancy_agency_cover_rate_fte', 'case_holders_fte', 'cases', 'caseload_fte',
    'working_days_lost_fte', 'absence_rate_fte',
] %}
with
rows_in_force as ({{ in_force('comparators') }}),

deliveries as (select organisation_id, source, delivery_id, received_at from {{ ref('deliveries_in_force') }}),

received_last as (
    select rows_in_force.*
    from rows_in_force
    inner join deliveries
        on rows_in_force.organisation_id = deliveries.organisation_id
        and rows_in_force.delivery_id = deliveries.delivery_id
        and deliveries.source = 'comparators'
    qualify row_number() over (
        partition by rows_in_force.release, rows_in_force.time_period, rows_in_force.geographic_level,
            rows_in_force.region_code, rows_in_force.new_la_code
        order by deliveries.received_at desc, rows_in_force.organisation_id
    ) = 1
)

select
    release,
    time_period as census_year,
    case geographic_level when 'National' then 'england' when 'Regional' then 'region' else 'authority' end as level,
    case geographic_level when 'National' then country_code when 'Regional' then region_code else old_la_code end
        as area_code,
    case geographic_level when 'National' then country_name when 'Regional' then region_name else la_name end
        as area_name,
    region_code,
    {% for measure in measures %}
    {{ published_number(measure) }} as {{ measure }},
    {{ published_symbol(measure) }} as {{ measure }}_symbol{{ ',' if not loop.last }}
    {% endfor %}
from received_last
